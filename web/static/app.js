// Added on top of pages that work without it: parts that renew themselves, forms that answer in place, a few keys.
//
//   <div data-live="/inbox/events" data-refresh="/inbox/list" data-say="New message">   renewed when the server says so
//   <form data-swap="#thread">                                                          answered in place, else as a page
//   <ul data-keys> with <a data-item>                                                   j and k walk, Enter opens
//   <form data-keep="q"> .. <a data-forget>                                             asked again when one comes back to it
//   <p data-again>                                                                      how far something is: looked at again
//   data-key="r"                                                                        that key focuses or presses it

const announcer = document.getElementById("announcer");

function announce(words) {
  if (!announcer || !words) return;
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = words), 100);
}

async function fetchPart(address, options = {}) {
  const headers = { ...options.headers, "X-Part": "1" };
  const answer = await fetch(address, { credentials: "same-origin", ...options, headers });
  if (answer.status === 401) location.reload();
  return answer;
}

// Put new HTML in place of the old one without losing where the reader was.
function swap(old, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const part = (old.id && fresh.getElementById(old.id)) || fresh.body.firstElementChild;
  if (!part) throw new Error("the answer does not hold the part");
  const focused = document.activeElement?.id;
  const kept = old.scrollTop;
  old.replaceWith(part);
  part.scrollTop = kept;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return part;
}

// --- parts that renew themselves

const live = new Map();

function follow(element) {
  const address = element.dataset.live;
  if (!live.has(address)) {
    const source = new EventSource(address);
    live.set(address, source);
    source.addEventListener("changed", () => renewAll(address));
    source.addEventListener("ended", () => location.reload());
  }
}

let renewing = Promise.resolve();

function renewAll(address) {
  renewing = renewing.then(async () => {
    for (const element of document.querySelectorAll(`[data-live="${CSS.escape(address)}"]`)) await renew(element);
  });
}

async function renew(element) {
  const answer = await fetchPart(element.dataset.refresh);
  if (!answer.ok) return;
  const html = await answer.text();
  const before = element.dataset.version;
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!fresh || fresh.dataset.version === before) return;
  const said = fresh.dataset.newest !== element.dataset.newest ? element.dataset.say : "";
  element.replaceWith(fresh);
  announce(said);
  if (fresh.hasAttribute("data-keys")) select(fresh.querySelector("[aria-current]"));
}

document.querySelectorAll("[data-live]").forEach(follow);
document.addEventListener("renew", (event) => renew(event.detail));
addEventListener("pagehide", () => live.forEach((source) => source.close()));
// A page taken from the back-forward cache has closed its sources: it is an old picture.
addEventListener("pageshow", (event) => event.persisted && location.reload());

// --- how far something is: looked at again until the page says something else

async function lookAgain() {
  const old = document.querySelector("[data-again]");
  if (!old) return;
  const answer = await fetchPart(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-again]");
  if (!fresh) return location.reload();
  old.replaceWith(fresh);
  setTimeout(lookAgain, 1500);
}

if (document.querySelector("[data-again]")) setTimeout(lookAgain, 1500);

// --- rows of links that are wider than a phone show where one is

document.querySelectorAll("nav [aria-current]").forEach((here) => {
  const row = here.closest("nav");
  const [at, around] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += at.left + at.width / 2 - around.left - around.width / 2;
});

// --- forms that answer in place

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.ask && !confirm(form.dataset.ask)) return event.preventDefault();
  const button = event.submitter;
  if (button?.getAttribute("aria-busy") === "true") return event.preventDefault();
  const target = form.dataset.swap && document.querySelector(form.dataset.swap);
  if (!target) return button?.setAttribute("aria-busy", "true");
  event.preventDefault();
  button?.setAttribute("aria-busy", "true");
  const data = new FormData(form, button);
  const address = new URL(button?.getAttribute("formaction") || form.getAttribute("action"), location.href);
  const get = form.method.toLowerCase() === "get";
  if (get) address.search = new URLSearchParams(data);
  try {
    const body = get ? undefined : new URLSearchParams(data);
    const answer = await fetchPart(address, { method: get ? "GET" : "POST", body });
    if (answer.redirected && !get) return location.assign(answer.url);
    const part = swap(target, await answer.text());
    const kept = form.dataset.keep;
    if (kept) history.replaceState({ ...history.state, [kept]: data.get(kept) }, "");
    (part.querySelector("[role=alert], [data-focus]") ?? part).focus?.({ preventScroll: false });
    announce(part.querySelector("[data-announce]")?.dataset.announce);
  } catch {
    delete form.dataset.swap; // as a page, then
    button?.removeAttribute("aria-busy");
    form.requestSubmit(button);
  } finally {
    button?.removeAttribute("aria-busy");
  }
});

addEventListener("pageshow", () =>
  document.querySelectorAll(".button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy")),
);

// --- a search that is still there after Back or reload, though no address holds its words

document.querySelectorAll("form[data-keep]").forEach((form) => {
  const kept = history.state?.[form.dataset.keep];
  if (!kept) return;
  form.elements[form.dataset.keep].value = kept;
  form.requestSubmit();
});
document.addEventListener("click", (event) => event.target.closest("[data-forget]") && history.replaceState(null, ""));

// --- a fault in a text jumps to its line

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const field = link && document.getElementById("text");
  if (!field) return;
  const lines = field.value.split("\n");
  const from = lines.slice(0, link.dataset.line - 1).join("\n").length + (link.dataset.line > 1 ? 1 : 0);
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, from + (lines[link.dataset.line - 1] ?? "").length);
});

// --- ready phrases: only the blanks of the chosen one are shown

function showBlanks(choice) {
  const form = choice.form;
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = part.dataset.for !== choice.value;
    part.querySelectorAll("input").forEach((input) => (input.disabled = part.hidden));
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-blanks]")) showBlanks(event.target);
});
document.querySelectorAll("select[data-blanks]").forEach(showBlanks);

// --- keys

const items = () => [...document.querySelectorAll("[data-keys] [data-item]")];

function select(item) {
  item?.scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const all = items();
  if (!all.length) return;
  const here = all.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
  const current = here >= 0 ? here : all.findIndex((item) => item.getAttribute("aria-current"));
  const next = all[Math.min(Math.max(current + step, 0), all.length - 1)];
  next.focus();
  select(next);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    return walk(event.key === "j" ? 1 : -1);
  }
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("input, textarea, select")) wanted.focus();
  else wanted.click();
});
