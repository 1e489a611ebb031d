import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch says what it does", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchNoticeTests {
    @Test(
        "tells what it watches and where as soon as it does",
        arguments: [
            (["sub", "a", "b"], "2 channels"), (["sub", "a", "a", "-P", "b*"], "1 channel and 1 pattern"),
            (["sub", "a", "-P", "b*", "-S", "c", "-S", "d"], "1 channel, 1 pattern and 2 shard channels"),
            (["psubscribe", "b*", "c*"], "2 patterns"), (["ssubscribe", "c"], "1 shard channel"),
            (["monitor"], "all commands"), (["keys"], "all keys"), (["keys", "a*", "b*"], "the keys of 2 patterns"),
            (["keys", "a*", "--events", "set,del", "-n", "3"], "set and del of the keys of 1 pattern in database 3"),
        ]
    )
    func watching(_ arguments: [String], _ what: String) async throws {
        try await withRedisServer(Watcher.server) { server in
            let rwatch = try RwatchProcess(arguments + ["-h", "127.0.0.1", "-p", "\(server.port)"])
            let notice = "rwatch: watching \(what) at 127.0.0.1:\(server.port)\n"
            #expect(try await eventually { rwatch.notices == notice }, "\(rwatch.notices)")
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
            #expect(rwatch.noticesWithoutHint == notice)
            #expect(rwatch.text == "")
        }
    }

    @Test("-q keeps that to itself, and nothing else", arguments: ["-q", "--quiet"])
    func quiet(_ option: String) async throws {
        try await withRedisServer(Watcher.server) { server in
            for arguments in [["sub", "ch"], ["monitor"], ["keys"]] {
                let start = [[option] + arguments, arguments + [option]]
                for arguments in start {
                    let rwatch = try RwatchProcess(
                        arguments + ["-p", "\(server.port)", "--for", "50ms"]
                    )
                    #expect(try await rwatch.status() == 0)
                    #expect(rwatch.notices == "")
                }
            }
            let rwatch = try await Watcher.sub.start(server, [option])
            server.kill()
            try await server.restart()
            #expect(try await eventually { rwatch.notices.contains("rwatch: gap of ") })
            #expect(!rwatch.notices.contains("watching"))
        }
    }

    @Test("names each server of several, a unix socket too")
    func several() async throws {
        try await withRedisServer(RedisServerOptions(transport: .both)) { one in
            try await withRedisServer { other in
                let unix = try #require(one.unixURL)
                let rwatch = try RwatchProcess(["sub", "ch", "-u", other.url, "-u", unix])
                let notices = [
                    "rwatch: watching 1 channel at 127.0.0.1:\(other.port)\n",
                    "rwatch: watching 1 channel at unix:\(one.socketPath ?? "")\n",
                ]
                #expect(try await eventually { rwatch.notices == notices.joined() }, "\(rwatch.notices)")
            }
        }
    }

    @Test("shows no control character of what a server says")
    func controls() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("-NOPERM \u{1b}[31m \u{7f} \u{9b}2J é\r\n")
            _ = try? connection.waitForClose()
        } client: { url in
            let rwatch = try RwatchProcess(["sub", "a", "-u", url])
            #expect(try await rwatch.status() == 77)
            let shown = "NOPERM \\x1b[31m \\x7f \\x9b2J é; ACL SETUSER default &a would allow it\n"
            #expect(rwatch.notices.hasSuffix(shown), "\(rwatch.notices)")
        }
    }

    @Test("counts the lines that are no commands, and says so at the end")
    func unparsed() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n+1.000001 [0 lua] \"A\"\r\n+2.000002 what is \u{1b} this\r\n+3 nor this\r\n")
            _ = try? connection.waitForClose()
        } client: { url in
            let rwatch = try RwatchProcess(["monitor", "--guard", "0", "--json", "-q", "-C", "3", "-u", url])
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.lines.count { $0.hasPrefix("{\"v\":1,\"kind\":\"line\",\"ts\":") } == 2)
            #expect(rwatch.notices == "rwatch: 2 lines were not commands in a known form\n")
        }
    }

    @Test("a line of MONITOR shows no control character either, and is otherwise as the server wrote it")
    func monitorLine() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n+1.000001 [0 unix:/tmp/é] \"A\" \"\\x1b\" \"\u{1b}\u{7f}\u{85}\"\r\n")
            _ = try? connection.waitForClose()
        } client: { url in
            let rwatch = try RwatchProcess(["monitor", "--guard", "0", "-q", "-C", "1", "-u", url])
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.text == "1.000001 [0 unix:/tmp/é] \"A\" \"\\x1b\" \"\\x1b\\x7f\\xc2\\x85\"\n")
        }
    }
}
