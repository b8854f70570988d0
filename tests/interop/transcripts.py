"""What a real PowerShell sent for some scripts, and what follows from it for those who run them.

The values are read here by a few lines of Python and the rules for JSON, and by nothing of the program's.
"""

import datetime
import decimal
import json
import pathlib
import re
import xml.etree.ElementTree as ElementTree

from peer import PEER

FOLDER = pathlib.Path(PEER).parent / "powershell" / "transcripts" if PEER else None

COMPLETED = 4
NATIVE = {"NativeCommandError", "NativeCommandErrorMessage"}

CATEGORIES = (
    "NotSpecified OpenError CloseError DeviceError DeadlockDetected InvalidArgument InvalidData InvalidOperation "
    "InvalidResult InvalidType MetadataError NotImplemented NotInstalled ObjectNotFound OperationStopped "
    "OperationTimeout SyntaxError ParserError PermissionDenied ResourceBusy ResourceExists ResourceUnavailable ReadError "
    "WriteError FromStdErr SecurityError ProtocolError ConnectionError AuthenticationError LimitsExceeded QuotaExceeded "
    "NotEnabled"
).split()

NOT_FINITE = {"NaN": "NaN", "INF": "Infinity", "-INF": "-Infinity", "Infinity": "Infinity", "-Infinity": "-Infinity"}

# Objects that are one value, although they have properties.
VALUE_TYPES = {
    "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly", "System.Net.IPAddress", "System.Version",
    "System.Management.Automation.SemanticVersion", "System.Uri", "System.Numerics.BigInteger",
}


def decode(text):
    """CLIXML's text: UTF-16 whose unusual units are written _xHHHH_. A lone surrogate is no character."""
    units = b""
    for part in re.split(r"(_x[0-9A-Fa-f]{4}_)", text or ""):
        escaped = re.fullmatch(r"_x([0-9A-Fa-f]{4})_", part)
        units += int(escaped[1], 16).to_bytes(2, "little") if escaped else part.encode("utf-16-le")
    return units.decode("utf-16-le", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Reader:
    """The values of one message."""

    def __init__(self):
        self.types, self.objects, self.open = {}, {}, []

    def read(self, element):
        name = element.tag
        if name == "Obj":
            if "RefId" in element.attrib:
                self.objects[element.get("RefId")] = element
            return self.object(element)
        if name == "Ref":
            referred = self.objects[element.get("RefId")]
            if referred in self.open:
                return self.text(referred)
            return self.object(referred)
        return scalar(name, element.text)

    def object(self, element):
        self.open.append(element)
        try:
            return self.value(element)
        finally:
            self.open.pop()

    @staticmethod
    def text(element):
        """What PowerShell makes of an object that is cut off: its text, or of one without, its members'."""
        if element.find("ToString") is not None:
            return decode(element.findtext("ToString"))
        members = [f"{member.get('N')}={member.text or ''}" for member in element.find("MS")]
        return "@{" + "; ".join(members) + "}"

    def type_names(self, element):
        names, reference = element.find("TN"), element.find("TNRef")
        if names is not None:
            self.types[names.get("RefId")] = [decode(name.text).removeprefix("Deserialized.") for name in names]
            return self.types[names.get("RefId")]
        return self.types[reference.get("RefId")] if reference is not None else []

    def value(self, element):
        types, text = self.type_names(element), element.find("ToString")
        inner, properties = None, []
        for child in element:
            if child.tag in ("Props", "MS"):
                properties += [(decode(member.get("N")), self.read(member)) for member in child]
            elif child.tag in ("LST", "IE", "STK", "QUE"):
                inner = [self.read(item) for item in child]
            elif child.tag == "DCT":
                inner = Pairs((key_text(self.read(pair[0])), self.read(pair[1])) for pair in child)
            elif child.tag not in ("TN", "TNRef", "ToString"):
                inner = decode(text.text) if "System.Enum" in types else scalar(child.tag, child.text)
                return inner
        if inner is not None:
            return inner
        if "System.Management.Automation.ErrorRecord" in types:
            return error_record(dict(properties))
        if text is not None and (not properties or VALUE_TYPES & set(types)):
            text = decode(text.text)
            return decimal.Decimal(text) if "System.Numerics.BigInteger" in types else text
        return Pairs(properties)


class Pairs(tuple):
    """An object of JSON, in its order."""


def key_text(key):
    return key if isinstance(key, str) else str(key)


def error_record(properties):
    exception = dict(properties.get("Exception") or ())
    return Pairs(
        {
            "Message": properties.get("ErrorDetails_Message") or exception.get("Message"),
            "FullyQualifiedErrorId": properties["FullyQualifiedErrorId"],
            "Category": CATEGORIES[int(properties["ErrorCategory_Category"])],
            "TargetObject": properties.get("TargetObject"),
        }.items()
    )


def scalar(name, text):
    match name:
        case "Nil" | "SS":
            return None
        case "B":
            return text == "true"
        case "C":
            return decode(f"_x{int(text):04X}_")
        case "Db" | "Sg" if text in NOT_FINITE:
            return NOT_FINITE[text]
        case "By" | "SB" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" | "D" | "Db" | "Sg":
            return decimal.Decimal(text)
        case "TS":
            return time_span(text)
        case "DT":
            return re.sub(r"(\.\d*?)0+(?=Z|[+-]|$)", r"\1", text)
        case "BA":
            return text or ""
        case "S" | "URI" | "XD" | "SBK" | "G" | "Version":
            return decode(text)
    raise ValueError(name)


def time_span(text):
    """PowerShell's TimeSpan, from the duration of XML Schema."""
    found = re.fullmatch(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", text)
    sign, fraction = found[1], found[6]
    days, hours, minutes, seconds = (int(part or 0) for part in found.group(2, 3, 4, 5))
    span = datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    hours, rest = divmod(span.seconds, 3600)
    text = f"{sign}{f'{span.days}.' if span.days else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"
    return text + (f".{fraction:0<7}" if fraction else "")


def parse(xml):
    """XML 1.0 has no such characters as U+FFFE, and yet PowerShell writes them: they are read CLIXML's own way."""
    return ElementTree.fromstring(re.sub(r"&#x([0-9A-F]{1,4});", lambda found: f"_x{found[1]:0>4}_", xml))


def json_values(text):
    """Lines of JSON, exact and in order."""
    read = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=decimal.Decimal, parse_float=decimal.Decimal).decode
    return [read(line) for line in text.splitlines()]


class Transcript:
    """One script and what became of it."""

    def __init__(self, path):
        self.data = json.loads(path.read_text("utf-8"))
        self.name = path.stem

    def messages(self, form, kind):
        return [message["xml"] for message in self.data[form]["messages"] if message["type"] == kind]

    def values(self):
        """Its output, as the rules for JSON have it."""
        return [Reader().read(parse(xml)) if xml else None for xml in self.messages("plain", "PipelineOutput")]

    def lines(self):
        """Its output as text: the strings that Out-String made."""
        return "".join(decode(parse(xml).text) + "\n" for xml in self.messages("text", "PipelineOutput"))

    def errors(self, form):
        """Its errors as PowerShell's client sees them: those of `plain`, of which another form has all or none."""
        errors = self.data["plain"]["errors"]
        ends = [xml for xml in self.messages(form, "PipelineState") if "ExceptionAsErrorRecord" in xml]
        count = len(self.messages(form, "ErrorRecord")) + len(ends)
        assert count in (0, len(errors)), self.name
        return errors[:count]

    def says_nothing_else(self):
        """Whether errors are all that is shown beside its output."""
        kinds = {message["type"] for message in self.data["text"]["messages"]}
        calls = [xml for xml in self.messages("text", "PipelineHostCall") if ">SetShouldExit<" not in xml]
        return not calls and kinds <= {"PipelineOutput", "ErrorRecord", "PipelineState", "PipelineHostCall"}

    def status(self, form):
        """The status that a program has that runs it to its end."""
        if "stop_after" in self.data:
            return 124
        for xml in self.messages(form, "PipelineHostCall"):
            if ">SetShouldExit<" in xml:
                return int(re.search(r"<LST><I32>(-?\d+)</I32>", xml)[1])
        if int(re.search(r'<I32 N="PipelineState">(\d)', self.messages(form, "PipelineState")[-1])[1]) != COMPLETED:
            return 1
        ids = [
            dict(properties(parse(xml))).get("FullyQualifiedErrorId") for xml in self.messages(form, "ErrorRecord")
        ]
        return int(any(error_id not in NATIVE for error_id in ids))

    def answers(self):
        """The lines of an answer file."""
        for answer in self.data.get("answers", ()):
            match answer:
                case {"user": user, "secure": password}:
                    yield from (user, password)
                case {}:
                    yield from (value["secure"] if isinstance(value, dict) else str(value) for value in answer.values())
                case list():
                    yield from map(str, answer)
                    yield ""
                case _:
                    yield str(answer)

    def command_line(self, answer_file):
        """The words that run it, those of its own arguments last."""
        data, words = self.data, []
        named = [word for name, value in data.get("parameters", {}).items() for word in (f"-{name}", value)]
        words += ["--command", data["command"]] if "command" in data else ["-ScriptBlock", data["script"]]
        if "arguments" in data:
            words += ["-ArgumentList", ",".join(map(str, data["arguments"]))]
        if "answers" in data:
            answer_file.write_text("".join(f"{line}\n" for line in self.answers()))
            words += ["--answer", answer_file]
        if "stop_after" in data:
            words += ["--timeout", int(data["stop_after"]) + 1]
        return words, ["--", *named] if named else []

    def input(self):
        return "".join(f"{line}\n" for line in self.data["input"]) if "input" in self.data else None


def properties(element):
    reader = Reader()
    reader.type_names(element)
    reader.objects[element.get("RefId")] = element
    for child in element:
        if child.tag in ("Props", "MS"):
            for member in child:
                yield decode(member.get("N")), reader.read(member)


def all_of_them():
    """Those that can be played again."""
    paths = sorted(FOLDER.glob("*.json")) if FOLDER else []
    transcripts = map(Transcript, paths)
    return [transcript for transcript in transcripts if transcript.data.get("replay", True)]
