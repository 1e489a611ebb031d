import RwatchKit
import TestSupport
import Testing

@Suite("Targets of the configuration file", .tags(.unit))
struct NamedTargetsTests {
    private let rules = [
        OptionRule("-u", "--uri", value: .text, secrecy: .url), OptionRule("-p", "--port", value: .text),
        OptionRule("-a", "--pass", value: .text, secrecy: .whole), OptionRule("-c", "--cluster"),
    ]

    private func expand(_ file: String, _ words: [String], isReadableByOthers: Bool = false) throws -> (
        words: [String], warnings: [String]
    ) {
        let targets = try NamedTargets(Array(file.utf8), path: "F", isReadableByOthers: isReadableByOthers)
        var warnings: [String] = []
        let arranged = try targets.expand(ArrangedArguments(words: words), rules) { warnings.append($0) }
        return (arranged.words, warnings)
    }

    @Test("stand for their options, which come before those of the command line")
    func expanded() throws {
        let file = """
            # two servers
            one\t-u redis://one/0   -p 7000 # the first
              two -c -a "a 'b'" -u 'redis://two'

            """
        #expect(
            try expand(file, ["sub", "-p", "1", "-u", "@one", "--json"]).words
                == ["sub", "-u", "redis://one/0", "-p", "7000", "-p", "1", "--json"]
        )
        #expect(
            try expand(file, ["sub", "-u", "@two", "--uri", "@one"]).words
                == ["sub", "--cluster", "-a", "a 'b'", "-u", "redis://two", "-u", "redis://one/0", "-p", "7000"]
        )
        #expect(try expand(file, ["sub", "-a", "@one"]).words == ["sub", "-a", "@one"])
    }

    @Test("warn of a password that others can read, and only of that")
    func warnings() throws {
        let text = "F contains a password, and others can read it: chmod 600 it, or use --pass-file"
        #expect(try expand("x -a p", ["sub", "-u", "@x"], isReadableByOthers: true).warnings == [text])
        #expect(try expand("x -u redis://:p@h", ["sub", "-u", "@x"], isReadableByOthers: true).warnings == [text])
        #expect(try expand("x -u redis://h", ["sub", "-u", "@x"], isReadableByOthers: true).warnings == [])
        #expect(try expand("x -a p", ["sub", "-u", "@x"]).warnings == [])
    }

    @Test(
        "are refused with the place of the mistake, and never with a value",
        arguments: [
            ("a -p 1\na -p 2", "F, line 2: this target stands there twice"),
            ("\n\"a", "F, line 2: a quotation mark is missing"),
            ("-p 1", "F, line 1: a line begins with the name of a target"),
            ("b -p 1\nc", "F has no target 'x'; it names b and c"), ("", "F has no target 'x'; it names none"),
            ("x -u @y", "F, target 'x': a target cannot name another one"),
            ("x --json", "F, target 'x': unknown option '--json'"),
            ("x secret", "F, target 'x': target takes no arguments"),
            ("x -p", "F, target 'x': option '-p' needs a value"),
        ]
    )
    func refused(file: String, message: String) {
        let error = #expect(throws: NamedTargetsError.self) { try expand(file, ["sub", "-u", "@x"]) }
        #expect(error?.description == message)
    }

    @Test(
        "stand in a file whose place XDG tells",
        arguments: [
            (["RWATCH_CONFIG": "a", "XDG_CONFIG_HOME": "/x", "HOME": "/h"], "a"),
            (["XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/x/rwatch/config"),
            (["XDG_CONFIG_HOME": "relative", "HOME": "/h"], "/h/.config/rwatch/config"), ([:], nil),
        ]
    )
    func place(environment: [String: String], path: String?) {
        #expect(NamedTargets.path { environment[$0].map { Array($0.utf8) } } == path.map { Array($0.utf8) })
    }
}
