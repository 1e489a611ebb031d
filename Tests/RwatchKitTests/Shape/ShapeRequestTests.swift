import RwatchKit
import TestSupport
import Testing

@Suite("The options about the form of events", .tags(.unit))
struct ShapeRequestTests {
    private static let terminal = OutputSetting(isTerminal: true, variables: ["TERM": "xterm"])
    private static let pipe = OutputSetting(isTerminal: false, variables: ["TERM": "xterm"])

    private static func request(_ change: (inout ShapeRequest) -> Void) -> ShapeRequest {
        var request = ShapeRequest()
        change(&request)
        return request
    }

    /// The form in one word, with what is special about it.
    private static func words(
        _ stream: EventStreamKind = .messages,
        _ output: OutputSetting = pipe,
        _ change: (inout ShapeRequest) -> Void
    ) throws(ShapeError) -> String {
        switch try request(change).form(of: stream, to: output) {
        case .line: return "fast line"
        case .verbatim: return "fast verbatim"
        case .json: return "fast json"
        case .shaped(let shape):
            let name =
                switch shape.form {
                case .line: "line"
                case .verbatimLine: "verbatim line"
                case .pretty: "pretty"
                case .json: "json"
                case .csv: "csv"
                case .raw: "raw"
                case .resp: "resp"
                case .template: "template"
                }
            return "\(name) \(shape.time.rawValue) \(shape.cut)" + (shape.isColored ? " colored" : "")
                + (shape.isTerminal ? " terminal" : "")
        }
    }

    private static func conflict(
        _ stream: EventStreamKind = .messages,
        _ output: OutputSetting = pipe,
        _ change: (inout ShapeRequest) -> Void
    ) -> String? {
        do throws(ShapeError) {
            _ = try request(change).form(of: stream, to: output)
            return nil
        } catch {
            guard case .conflict(let words) = error else { return "\(error)" }
            return words
        }
    }

    @Test("nothing special is one of the fast forms")
    func fast() throws {
        for stream in [EventStreamKind.commands, .messages, .keyEvents] {
            #expect(try Self.words(stream) { _ in } == "fast line")
            #expect(try Self.words(stream) { $0.forms = [("--output line", .line)] } == "fast line")
            #expect(try Self.words(stream) { $0.forms = [("--json", .json)] } == "fast json")
            #expect(try Self.words(stream, Self.terminal) { $0.forms = [("--json", .json)] } == "fast json")
            #expect(try Self.words(stream) { $0.isUnsafe = true } == "fast verbatim")
        }
        #expect(try Self.words { $0.forms = [("--raw", .raw)] } == "fast verbatim")
        #expect(try Self.words(.messages, Self.terminal) { $0.isUnsafe = true } == "fast verbatim")
        #expect(try Self.words(.commands, Self.terminal) { $0.isUnsafe = true } == "fast verbatim")
        #expect(
            try Self.words(.messages, Self.terminal) {
                $0.isUnsafe = true
                $0.forms = [("--raw", .raw)]
            } == "fast verbatim"
        )
    }

    @Test("a terminal gets columns for people, colours, and payloads that do nothing to it")
    func terminal() throws {
        #expect(try Self.words(.commands, Self.terminal) { _ in } == "pretty local width colored terminal")
        #expect(
            try Self.words(.messages, Self.terminal) { $0.forms = [("--raw", .raw)] }
                == "raw unix none colored terminal"
        )
        #expect(try Self.words { $0.forms = [("--output pretty", .pretty)] } == "pretty local none")
        #expect(try Self.words { $0.color = .always } == "fast line")
        #expect(
            try Self.words {
                $0.color = .always
                $0.highlights = ["x"]
            } == "line unix none colored"
        )
    }

    @Test("what each option changes")
    func options() throws {
        for (change, expected) in [
            ({ $0.time = .iso }, "line iso none"), ({ $0.mostBytes = 64 }, "line unix bytes(64)"),
            ({ $0.mostBytes = 0 }, "fast line"), ({ $0.redaction = "values" }, "line unix none"),
            ({ $0.redaction = "[0-9]+" }, "line unix none"), ({ $0.binary = .escape }, "fast line"),
            ({ $0.isUTC = true }, "fast line"), ({ $0.forms = [("--csv", .csv)] }, "csv iso none"),
            ({ $0.format = "%p" }, "template iso none"), ({ $0.forms = [("-o resp", .resp)] }, "resp unix none"),
            (
                {
                    $0.forms = [("--raw", .raw)]
                    $0.endsWithNull = true
                }, "raw unix none"
            ),
            (
                {
                    $0.forms = [("--json", .json)]
                    $0.binary = .hex
                }, "json unix none"
            ),
        ] as [((inout ShapeRequest) -> Void, String)] { #expect(try Self.words(change: change) == expected) }
        #expect(
            try Self.words(.commands, Self.terminal) { $0.mostBytes = 0 } == "pretty local none colored terminal"
        )
        guard
            case .shaped(let shape) = try Self.request({
                $0.format = "%p"
                $0.delimiter = #"--\n\x00"#
            }).form(of: .messages, to: Self.pipe)
        else { return #expect(Bool(false)) }
        #expect(shape.delimiter == [0x2d, 0x2d, 0x0a, 0x00])
    }

    private static func words(change: (inout ShapeRequest) -> Void) throws(ShapeError) -> String {
        try words(.messages, pipe, change)
    }

    @Test("what makes no sense together is refused in words")
    func conflicts() {
        func with(_ name: ShapeRequest.FormName, _ more: @escaping (inout ShapeRequest) -> Void)
            -> (inout ShapeRequest) -> Void
        {
            {
                $0.forms = [("-o \(name.rawValue)", name)]
                more(&$0)
            }
        }
        let cases: [((inout ShapeRequest) -> Void, String)] = [
            ({ $0.forms = [("--raw", .raw), ("--json", .json)] }, "--raw and --json exclude each other"),
            (
                {
                    $0.forms = [("--json", .json)]
                    $0.isUnsafe = true
                }, "--unsafe-raw and --json exclude each other"
            ),
            (
                {
                    $0.forms = [("--csv", .csv)]
                    $0.format = "%p"
                }, "--csv and --format exclude each other"
            ),
            (with(.json) { $0.time = .iso }, "--time does not go with the form json"),
            (with(.raw) { $0.time = .iso }, "--time does not go with the form raw"),
            (with(.resp) { $0.isUTC = true }, "--utc does not go with the form resp"),
            (with(.json) { $0.mostBytes = 9 }, "--max-arg does not go with the form json"),
            (with(.raw) { $0.mostBytes = 9 }, "--max-arg does not go with the form raw"),
            (with(.csv) { $0.highlights = ["x"] }, "--highlight does not go with the form csv"),
            (with(.json) { $0.binary = .escape }, "--binary escape does not go with the form json"),
            (with(.line) { $0.binary = .hex }, "--binary hex does not go with the form line"),
            (
                with(.csv) { $0.time = TimeStyle.none },
                "the columns of the form csv are always the same: --time none does not go with it"
            ),
            (
                with(.pretty) {
                    $0.isUTC = true
                    $0.time = .delta
                }, "--utc changes nothing in times of the style delta; give --time iso or local"
            ),
            (
                with(.line) { $0.isUTC = true },
                "--utc changes nothing in times of the style unix; give --time iso or local"
            ),
            ({ $0.endsWithNull = true }, "--null is for --raw and --format"),
            (with(.json) { $0.delimiter = "," }, "--delimiter is for --raw and --format"),
            (
                with(.raw) {
                    $0.endsWithNull = true
                    $0.hasNoDelimiter = true
                }, "--null and --no-delimiter exclude each other"
            ),
            (
                {
                    $0.isUnsafe = true
                    $0.time = .iso
                }, "--time does not go with --unsafe-raw"
            ),
        ]
        for (change, words) in cases { #expect(Self.conflict(change: change) == words) }
        #expect(
            Self.conflict(.commands) { $0.forms = [("--raw", .raw)] }
                == "commands have no payload, which the form raw prints; the server's line is the form line"
        )
        #expect(
            Self.conflict(.keyEvents) { $0.forms = [("-o resp", .resp)] }
                == "events of keys have no form resp, as they are no frames"
        )
        #expect(
            Self.conflict(.messages, Self.terminal) { $0.forms = [("-o resp", .resp)] }
                == "the form resp is not for a terminal: redirect the output into a pipe or a file"
        )
        #expect(
            Self.conflict(.keyEvents) { $0.redaction = "values" }
                == "events of keys have no values: --redact takes all here, or a regular expression"
        )
        #expect(
            Self.conflict(.commands) {
                $0.forms = [("--csv", .csv)]
                $0.binary = .hex
            } == "--binary hex does not go with --csv"
        )
    }

    private static func conflict(change: (inout ShapeRequest) -> Void) -> String? { conflict(.messages, pipe, change) }

    @Test("a mistake in a text names the option and the place")
    func mistakes() {
        for (change, option, offset) in [
            ({ $0.redaction = "a(b" }, "--redact", 1), ({ $0.highlights = ["x", "["] }, "--highlight", 0),
            ({ $0.format = "%C" }, "--format", 1),
            (
                {
                    $0.forms = [("--raw", .raw)]
                    $0.delimiter = #"a\q"#
                }, "--delimiter", 1
            ),
        ] as [((inout ShapeRequest) -> Void, String, Int)] {
            do throws(ShapeError) {
                _ = try Self.request(change).form(of: .messages, to: Self.pipe)
                Issue.record("nothing was refused")
            } catch {
                guard case .mistake(let name, let mistake) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(name == option && mistake.offset == offset)
            }
        }
    }

    @Test(
        "colours: the option, NO_COLOR, CLICOLOR_FORCE, CLICOLOR, the terminal",
        arguments: [
            (ColorChoice.auto, true, ["TERM": "xterm"], true), (.auto, false, ["TERM": "xterm"], false),
            (.auto, true, ["TERM": "dumb"], false), (.auto, true, [:], false),
            (.auto, true, ["TERM": "xterm", "NO_COLOR": "1"], false),
            (.auto, true, ["TERM": "xterm", "NO_COLOR": ""], true),
            (.auto, false, ["CLICOLOR_FORCE": "1"], true),
            (.auto, true, ["TERM": "xterm", "CLICOLOR_FORCE": "0"], false),
            (.auto, false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
            (.auto, true, ["TERM": "xterm", "CLICOLOR": "0"], false),
            (.auto, true, ["TERM": "xterm", "CLICOLOR": "1"], true),
            (.always, false, ["NO_COLOR": "1", "TERM": "dumb"], true), (.never, true, ["CLICOLOR_FORCE": "1"], false),
        ]
    )
    func colors(choice: ColorChoice, isTerminal: Bool, variables: [String: String], expected: Bool) throws {
        let output = OutputSetting(isTerminal: isTerminal, variables: variables)
        let words = try Self.words(.commands, output) {
            $0.color = choice
            $0.forms = [("-o pretty", .pretty)]
        }
        #expect(words.contains(" colored") == expected)
    }
}
