import Foundation
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch finds its server by name, and its password elsewhere", .tags(.rwatch, .once), .timeLimit(.minutes(2)))
final class RwatchTargetTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("targets-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func put(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let path = folder.appendingPathComponent(name).path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test("-u @name stands for a line of the file, with a password from another one")
    func named() async throws {
        try await withRedisServer(RedisServerOptions(password: "se cret")) { server in
            let password = try put("password", "se cret\nanother line")
            let config = try put("config", "mine -h 127.0.0.1 -p \(server.port) --pass-file '\(password)'\n")
            let run = try RwatchProcess(["channels", "-u", "@mine"], environment: ["RWATCH_CONFIG": config])
            #expect(try await run.status() == 0, "\(run.notices)")
            #expect(run.lines == ["patterns 0"])
            let other = try RwatchProcess(["channels", "-u", "@yours"], environment: ["RWATCH_CONFIG": config])
            #expect(try await other.status() == 78)
            #expect(other.notices == "rwatch: \(config) has no target 'yours'; it names mine\n")
        }
    }

    @Test("warns of a password that others can read, and never shows it")
    func readable() async throws {
        try await withRedisServer(RedisServerOptions(password: "secret")) { server in
            let config = try put("config", "mine -p \(server.port) -a secret\n", mode: 0o644)
            let run = try RwatchProcess(["channels", "-u", "@mine"], environment: ["RWATCH_CONFIG": config])
            #expect(try await run.status() == 0)
            let text =
                "rwatch: \(config) contains a password, and others can read it: chmod 600 it, or use --pass-file\n"
            #expect(run.notices == text)
        }
    }

    @Test("refuses several passwords, and a file without one")
    func passwords() async throws {
        let empty = try put("empty", "\n")
        for (arguments, text) in [
            (["-a", "p", "--pass-file", empty], "exclude each other"), (["--pass-file", empty], "is no password"),
            (["--pass-file", "\(folder.path)/absent"], "No such file"),
        ] {
            let run = try RwatchProcess(["channels"] + arguments)
            #expect(try await [64, 66].contains(run.status()), "\(run.notices)")
            #expect(run.notices.contains(text), "\(run.notices)")
        }
    }

    @Test("names of channels and keys of the last server are completed where that is asked for")
    func names() async throws {
        try await withRedisServer(RedisServerOptions(password: "secret")) { server in
            for key in ["user:1", "user:2", "a b", "x$(id)", "-dash"] { try server.command("SET", key, "v") }
            let state = folder.appendingPathComponent("state").path
            let asked = ["RWATCH_COMPLETE_NAMES": "1", "XDG_STATE_HOME": state, "REDISCLI_AUTH": "secret"]
            func lines(_ words: [String], _ environment: [String: String]) async throws -> [String] {
                let run = try RwatchProcess(words, environment: environment)
                _ = try await run.status()
                return run.lines
            }
            let sub = try RwatchProcess(
                ["sub", "orders", "news.it", "-u", "redis://:secret@localhost:\(server.port)"],
                environment: asked
            )
            #expect(try await eventually { sub.notices.contains("watching ") })
            let last = try String(contentsOfFile: "\(state)/rwatch/last", encoding: .utf8)
            #expect(last == "last --uri redis://localhost:\(server.port)\n")
            #expect(try await lines(["complete-names", "channels", "-u", "@last"], asked) == ["news.it", "orders"])
            #expect(try await lines(["complete-names", "channels", "o", "-u", "@last"], asked) == ["orders"])
            #expect(try await lines(["complete-names", "keys", "-u", "@last"], asked) == ["user:1", "user:2"])
            #expect(try await lines(["complete-names", "keys", "user:2", "-u", "@last"], asked) == ["user:2"])
            // Nobody asks a server who has not asked for that.
            let unasked = asked.merging(["RWATCH_COMPLETE_NAMES": ""]) { $1 }
            #expect(try await lines(["complete-names", "keys", "-u", "@last"], unasked) == [])
            #expect(try await lines(["channels", "-u", "@last"], asked).count == 3)
            sub.signal(SIGTERM)
            #expect(try await sub.status() == 128 + SIGTERM)
        }
    }

    @Test("completions load in bash, and know each command")
    func completions() async throws {
        for shell in ["bash", "zsh", "fish"] {
            let run = try RwatchProcess(["completion", shell])
            #expect(try await run.status() == 0)
            for word in ["monitor", "channels", "rotate-size", "until"] {
                let isThere = run.text.contains(word)
                #expect(isThere, "\(shell): \(word)")
            }
            guard shell == "bash" else { continue }
            let script = try put("completion", run.text)
            let bash = try RwatchProcess(
                ["-euc", "source '\(script)'; complete -p rwatch"],
                executable: URL(fileURLWithPath: "/bin/bash")
            )
            #expect(try await bash.status() == 0, "\(bash.notices)")
            #expect(bash.text.contains("rwatch") && bash.notices.isEmpty)
        }
        let wrong = try RwatchProcess(["completion", "powershell"])
        #expect(try await wrong.status() == 64)
    }
}
