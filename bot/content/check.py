"""Every fault of the shipped content, before anybody meets it: flows, sentences, translations, examples."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import flows
from bot.content.rules import blanks, faults_of
from bot.content.shipped import BUILTINS, FLOWS, STARTED, read_facts
from flows.check import check as check_flows
from flows.faults import BadFlow, Fault, Severity, suggest
from flows.load import load_book
from flows.model import Book
from locales.catalogs import BadCatalogue, Translation, contexts, read_catalogue, read_content, source_hash
from locales.extract import Sentence, sentences
from locales.languages import FOLDER, LANGUAGES, SOURCE, catalogue, shipped
from nlu import danger, data_check, examples
from nlu.danger import BadMessages
from nlu.data_check import Kind
from nlu.examples import BadExamples, read_folder
from nlu.port import OUT_OF_SCOPE

_SAID = re.compile(r'"(utter_\w*[a-z\d])(?:/\d+)?"')
_PLURAL = re.compile(r'"Plural-Forms: (.*)\\n"')
_FORMATS = re.compile(r"%\(\w+\)[sd]")
_ROOT = Path(flows.__file__).parent.parent
_UPDATE = "Run `python -m bot content update`."


@functools.cache
def check_content() -> tuple[Fault, ...]:
    """All of it, by file and line; looked at once, which takes seconds."""
    try:
        book, said = load_book(FLOWS), sentences(FLOWS)
    except BadFlow as error:
        return (error.fault,)
    faults = [
        *_check_understanding(book),
        *check_messages(),
        *_check_code(book),
        *check_interface(),
        *(fault for code in shipped() if code != SOURCE for fault in check_language(code, said)),
    ]
    return tuple(sorted(set(faults)))


def _check_understanding(book: Book) -> Iterator[Fault]:
    """The flows' own faults, and examples of intents that Dutch, the language all others follow, does not have."""
    try:
        shown = read_folder()
    except BadExamples:
        return  # `check_messages` says it
    known = {example.intent for example in shown if example.language == SOURCE}
    for language, intent in sorted({(example.language, example.intent) for example in shown}):
        if intent not in known:
            fix = suggest(intent, known, "Give it Dutch examples, or remove it.")
            yield Fault(f"nlu/examples/{language}.yml", 1, f"there is no intent {intent} in Dutch", fix)
    intents, facts = known - {OUT_OF_SCOPE}, read_facts().keys()
    yield from check_flows(book, intents=intents, facts=facts, builtins=BUILTINS, started=STARTED)


def check_messages(shown: Path = examples.FOLDER, told: Path = danger.FOLDER) -> Iterator[Fault]:
    """What is wrong with the messages that understanding learns from; those of an intent in one style are a warning."""
    try:
        findings = data_check.check(shown, told)
    except (BadExamples, BadMessages) as error:
        file, line, what = re.fullmatch(r"(.*?):?(\d+)?: (.*)", str(error), re.DOTALL).groups()  # type: ignore[union-attr]
        yield Fault(file, int(line or 1), what, "Mend the file.")
        return
    for found in findings:
        severity = Severity.WARNING if found.kind is Kind.STYLE else Severity.ERROR
        yield Fault(found.file, found.line, found.what, found.fix, severity)


def _check_code(book: Book) -> Iterator[Fault]:
    """What the turn and the rest of the application say must be there."""
    for path in sorted((_ROOT / "bot").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for name in _SAID.findall(line):
                if name not in book.domain.responses:
                    fix = suggest(name, book.domain.responses, "Write it in flows/.")
                    yield Fault(path.relative_to(_ROOT).as_posix(), number, f"there is no response {name}", fix)


def check_interface(folder: Path = FOLDER) -> Iterator[Fault]:
    """What pages and staff's messages do not yet say in Dutch. Whether all they say is listed, `content update` sees."""
    path = catalogue(SOURCE, "interface", folder)
    name = path.relative_to(folder.parent).as_posix()
    try:
        messages = [message for message in read_catalogue(path) if message.id] if path.exists() else []
    except BadCatalogue as error:
        yield Fault(name, 1, str(error), "Mend the file, or take it from an earlier version.")
        return
    for message in messages:
        english, dutch = _forms(message.id), _forms(message.string)
        line = message.lineno or 1
        if message.fuzzy or not all(dutch):
            yield Fault(name, line, f"not translated: {english[0][:60]!r}", "Translate it.")
        elif {blank for form in dutch for blank in _FORMATS.findall(form)} - set(_FORMATS.findall("".join(english))):
            yield Fault(name, line, f"a %(..)s that the English has not: {english[0][:60]!r}", "Name what is there.")


def _forms(text: str | Sequence[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [""])


def check_language(code: str, said: Mapping[str, Sentence], folder: Path = FOLDER) -> Iterator[Fault]:
    """Every fault of one language's catalogue, measured by what is said in Dutch now."""
    path = catalogue(code, "content", folder)
    name = path.relative_to(folder.parent).as_posix()
    try:
        known = read_content(path)
    except BadCatalogue as error:
        yield Fault(name, 1, str(error), "Mend the file, or take it from an earlier version.")
        return
    text = path.read_text(encoding="utf-8")
    found = _PLURAL.search(text)
    if found is None or found[1] != LANGUAGES[code].plural:
        yield Fault(name, 1, "the plural rule is not the one of the line", _UPDATE)
    places = contexts(path)
    for context, times in Counter(context for context, _ in places).items():
        if times > 1:
            line = max(line for each, line in places if each == context)
            yield Fault(name, line, f"{context} stands here twice", "Keep one of the two.")
    for context in known.keys() - said.keys():
        yield Fault(name, known[context].line, f"nothing says {context}", _UPDATE)
    for context, sentence in said.items():
        if context not in known:
            yield Fault(name, 1, f"{context} is missing", _UPDATE)
        else:
            for what, fix in _faults(sentence, known[context]):
                yield Fault(name, known[context].line, f"{context}: {what}", fix)


def _faults(sentence: Sentence, translation: Translation) -> Iterator[tuple[str, str]]:
    if translation.source.strip() != sentence.text:
        yield "the Dutch has changed", _UPDATE
    if not translation.text:
        yield "not translated", "Translate it."
        return
    if translation.fuzzy or translation.made_from != source_hash(sentence.text):
        yield "made from older Dutch", "Translate it anew, take `#, fuzzy` away, then update."
    if blanks(translation.text) != blanks(sentence.text):
        wanted = ", ".join(sorted(blanks(sentence.text))) or "none"
        yield "the words in curly brackets differ from the Dutch", f"It needs {wanted}."
    for what in faults_of(sentence.context, translation.text):
        yield what, "Use fewer words." if "characters" in what else "Mend it."


def worst(faults: Iterable[Fault]) -> bool:
    """Whether one of them is more than a warning."""
    return any(fault.severity is Severity.ERROR for fault in faults)
