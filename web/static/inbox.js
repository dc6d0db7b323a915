// The inbox, added on top of pages that work without it: a draft that survives a reload, ready phrases to choose from,
// and a word to colleagues that somebody is writing. What is typed stays in this tab of this browser until it is sent.

const BOX = "#reply";
const SHOWN = 3;
const EVERY = 15_000; // as long as somebody types, colleagues are told so this often
const caseId = () => document.querySelector(BOX)?.getAttribute("action")?.match(/\d+/)?.[0];

// --- drafts: sessionStorage ends with the tab, so nothing stays on a computer that many use

const drafts = {
  key: () => `draft:${caseId()}`,
  keep(form) {
    const kept = [...form.querySelectorAll("textarea, select, input:not([type=hidden])")]
      .filter((field) => field.name && field.value && !field.disabled)
      .map((field) => [field.name, field.value]);
    if (kept.length) sessionStorage.setItem(this.key(), JSON.stringify(kept));
    else sessionStorage.removeItem(this.key());
  },
  restore(form) {
    const kept = JSON.parse(sessionStorage.getItem(this.key()) ?? "[]");
    for (const [name, value] of kept) {
      const field = form.elements[name];
      if (!field || field.value === value || (field.tagName === "TEXTAREA" && field.value)) continue;
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  },
};

if (new URLSearchParams(location.search).get("said")?.match(/^(sent|waits|knocked)$/)) {
  sessionStorage.removeItem(drafts.key());
}

// --- who is writing

let told = 0;

async function tell(stopped) {
  const id = caseId();
  const now = Date.now();
  if (!id || (!stopped && now - told < EVERY)) return;
  told = stopped ? 0 : now;
  const body = new URLSearchParams(stopped ? { stopped: "1" } : {});
  await fetch(`/inbox/${id}/writing`, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => {});
}

document.addEventListener("input", (event) => {
  const form = event.target.closest(BOX);
  if (!form || event.target.matches("[data-filter]")) return;
  drafts.keep(form);
  tell(event.target.matches("textarea") && !event.target.value);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest(BOX);
  if (form) drafts.keep(form);
});
addEventListener("pagehide", () => told && tell(true));

// --- ready phrases: the ones used last stand first, one tap each; the rest behind a search

function picker(select) {
  const box = document.createElement("div");
  box.className = "phrase-picker";
  const search = document.createElement("input");
  search.type = "search";
  search.dataset.filter = "";
  search.placeholder = select.dataset.search ?? "";
  search.setAttribute("aria-label", select.dataset.search ?? "");
  const list = document.createElement("ul");
  const choices = [...select.options].filter((option) => option.value);
  for (const option of choices) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = option.textContent;
    button.dataset.phrase = option.value;
    item.append(button);
    list.append(item);
  }
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    [...list.children].forEach((item, at) => {
      const button = item.firstElementChild;
      const chosen = button.dataset.phrase === select.value;
      button.setAttribute("aria-pressed", chosen);
      item.hidden = !chosen && (wanted ? !button.textContent.toLowerCase().includes(wanted) : at >= SHOWN);
    });
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-phrase]");
    if (!button) return;
    select.value = select.value === button.dataset.phrase ? "" : button.dataset.phrase;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  select.addEventListener("change", show);
  box.append(search, list);
  select.after(box);
  select.classList.add("hidden-visually");
  select.tabIndex = -1;
  show();
}

function enhance() {
  const form = document.querySelector(BOX);
  if (!form || form.dataset.enhanced) return;
  form.dataset.enhanced = "1";
  drafts.restore(form);
  form.querySelectorAll("select[data-blanks]").forEach(picker);
}

enhance();
const right = document.querySelector(".panes");
if (right) new MutationObserver(enhance).observe(right, { childList: true, subtree: true });

// --- who is writing ends by itself: this part is asked again now and then

setInterval(() => {
  const part = document.getElementById("company");
  if (part?.textContent.trim()) document.dispatchEvent(new CustomEvent("renew", { detail: part }));
}, 20_000);
