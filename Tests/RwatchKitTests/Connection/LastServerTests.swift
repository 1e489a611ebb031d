import Foundation
import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("The last server", .tags(.unit))
final class LastServerTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("last-\(UUID().uuidString)")

    private let rules = [
        OptionRule("-h", "--host", value: .text, secrecy: .host), OptionRule("-p", "--port", value: .text),
        OptionRule("-u", "--uri", value: .text, secrecy: .url), OptionRule("-c", "--cluster"), OptionRule("--tls"),
        OptionRule("-a", "--pass", value: .text, secrecy: .whole), OptionRule("--user", value: .text),
        OptionRule("--pass-file", value: .text), OptionRule("--askpass"),
        OptionRule("--wait", value: .optional(default: "30s", accepts: { _ in true })),
    ]

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var file: String { folder.appendingPathComponent("rwatch/last").path }

    private func environment(_ more: [String: String] = [:]) -> (String) -> [UInt8]? {
        let variables = ["RWATCH_COMPLETE_NAMES": "1", "XDG_STATE_HOME": folder.path].merging(more) { $1 }
        return { name in variables[name].map { Array($0.utf8) } }
    }

    private func remember(_ words: [String], _ more: [String: String] = [:]) -> String? {
        LastServer.remember(ArrangedArguments(words: words), rules, environment(more))
        return try? String(contentsOfFile: file, encoding: .utf8)
    }

    @Test(
        "is remembered by its options, without users and passwords of URLs",
        arguments: [
            (["sub", "-h", "a", "--json", "-p", "7000"], "last --host a --port 7000\n"),
            (["sub", "-u", "rediss://ann:secret@a:1/2", "-c"], "last --uri rediss://a:1/2 --cluster\n"),
            (["sub", "--uri=redis://a"], "last --uri redis://a\n"),
            (
                ["sub", "-a", "secret", "--user", "ann", "--pass-file", "/x y", "--tls"],
                "last --user ann --pass-file \"/x y\" --tls\n"
            ),
            (["sub", "--pass=-secret", "--wait=30s", "--askpass"], "last\n"),
            (["sub", "-h", "it's"], "last --host \"it's\"\n"),
        ] as [([String], String)]
    )
    func remembered(words: [String], line: String) {
        #expect(remember(words) == line)
        #expect(!(line.contains("secret")))
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes?[.posixPermissions] as? Int == 0o600)
        let directory = try? FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(directory?[.posixPermissions] as? Int == 0o700)
    }

    @Test(
        "is not remembered where that cannot be done without a secret",
        arguments: [
            ["sub", "-h", "secret@host"], ["sub", "-u", "nonsense://secret"],
            ["sub", "-u", "redis+sentinel://a/name?sentinel_password=secret"], ["sub", "-h", "a\nlast -h b"],
            ["sub", "-h", "a\"b'c"],
        ]
    )
    func secrets(words: [String]) {
        #expect(remember(words) == nil)
    }

    @Test("is that of the environment where no option names one, and nothing is written unasked")
    func outside() throws {
        let url = ["RWATCH_URL": "redis://:secret@out:1"]
        #expect(remember(["sub", "--tls"], url) == "last --tls --uri redis://out:1\n")
        #expect(remember(["sub", "-p", "2"], url) == "last --port 2\n")
        try FileManager.default.removeItem(atPath: file)
        for more in [["RWATCH_COMPLETE_NAMES": ""], ["XDG_STATE_HOME": "relative", "HOME": "relative"]] {
            #expect(remember(["sub", "-p", "3"], more) == nil)
        }
        LastServer.remember(
            ArrangedArguments(words: ["sub", "-p", "4"]),
            rules,
            environment(["XDG_STATE_HOME": "", "HOME": folder.appendingPathComponent("home").path])
        )
        let home = folder.appendingPathComponent("home/.local/state/rwatch/last").path
        #expect(try String(contentsOfFile: home, encoding: .utf8) == "last --port 4\n")
    }

    @Test("stands for its options in a command line; a target of that name comes first")
    func target() throws {
        _ = remember(["sub", "-h", "a b", "-p", "7000"])
        let words = ArrangedArguments(words: ["channels", "-u", "@last", "--json"])
        func expand(_ config: String?, _ more: [String: String] = [:]) throws -> [String] {
            let path = folder.appendingPathComponent("config").path
            try? FileManager.default.removeItem(atPath: path)
            if let config { try Data(config.utf8).write(to: URL(fileURLWithPath: path)) }
            let targets = try NamedTargets(for: words, path: Array(path.utf8), environment(more))
            return try targets.expand(words, rules) { _ in }.words
        }
        #expect(try expand(nil) == ["channels", "--host", "a b", "--port", "7000", "--json"])
        #expect(try expand("one -p 1\n") == ["channels", "--host", "a b", "--port", "7000", "--json"])
        #expect(try expand("last -p 1\n") == ["channels", "-p", "1", "--json"])
        try Data("no line of ours\n".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: NamedTargetsError.self) { try expand(nil) }
        #expect(try expand(nil, ["RWATCH_URL": "redis://x"]) == ["channels", "--json"])
    }
}
