import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// What rwatch tells of the clients of commands: their names and users.
@Suite("rwatch, names and users of clients", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchClientTests {
    /// Two clients with a name, of which one has a user, and one without.
    private func withClients(_ server: RedisServer, _ body: ([CommandLink]) async throws -> Void) async throws {
        try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "~*", "&*")
        var links: [CommandLink] = []
        for (name, user) in [("web-1", "ann"), ("cron", nil), (nil, nil)] {
            var configuration = try RedisConfiguration(url: server.url)
            configuration.clientName = name
            configuration.tellsLibrary = false
            if let user { configuration.credentials = RedisCredentials(username: user, password: "pw") }
            let link = try CommandLink(configuration)
            _ = try await link.send(["PING"])
            links.append(link)
        }
        try await body(links)
        for link in links { await link.close() }
    }

    private func watching(_ options: [String], _ server: RedisServer) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(["monitor", "-p", "\(server.port)", "--cmd", "set"] + options)
        #expect(try await eventually { rwatch.notices.contains("watching ") }, "\(rwatch.notices)")
        return rwatch
    }

    @Test(
        "commands are selected by names and users",
        arguments: [
            (["--client-name", "web*"], ["0"]), (["--by-user", "a?n"], ["0"]), (["--by-user", "default"], ["1", "2"]),
            (["--client-name", "cron", "--client-name", "web-?"], ["0", "1"]),
            (["--where", #"not client.name = "cron""#], ["0", "2"]), (["--where", #"client.name = """#], ["2"]),
            (["--where", "user = default and client.name ~ c*"], ["1"]),
        ] as [([String], [String])]
    )
    func selection(options: [String], numbers: [String]) async throws {
        try await withRedisServer { server in
            try await withClients(server) { links in
                let rwatch = try await watching(options + ["-C", "\(numbers.count)", "-F", "%K"], server)
                for (number, link) in links.enumerated() { _ = try await link.send(["SET", "\(number)", "v"]) }
                #expect(try await rwatch.status() == 0)
                #expect(rwatch.lines == numbers)
            }
        }
    }

    @Test("formats, columns and JSON show them where they are asked for")
    func forms() async throws {
        try await withRedisServer { server in
            try await withClients(server) { links in
                for (options, lines) in [
                    (["-F", "%n/%u"], ["web-1/ann", "cron/default", "/default"]),
                    (
                        ["--json", "--names"],
                        [#""web-1","user":"ann""#, #""cron","user":"default""#, #":"","user":"default""#]
                    ),
                    (["-o", "pretty", "--names"], [" (web-1)  ", " (cron)  ", "  SET 2"]),
                ] {
                    let rwatch = try await watching(options + ["-C", "3"], server)
                    for (number, link) in links.enumerated() { _ = try await link.send(["SET", "\(number)", "v"]) }
                    #expect(try await rwatch.status() == 0)
                    for (line, expected) in zip(rwatch.lines, lines) { #expect(line.contains(expected)) }
                    #expect(rwatch.lines.count == 3)
                }
                let plain = try await watching(["--json", "-C", "1"], server)
                _ = try await links[0].send(["SET", "0", "v"])
                #expect(try await plain.status() == 0)
                #expect(!plain.text.contains(#""name""#) && !plain.text.contains(#""user""#))
            }
        }
    }

    @Test("whoever comes later is known too, however short it stays, and the lines keep their order")
    func newcomers() async throws {
        try await withRedisServer { server in
            let rwatch = try await watching(["-F", "%n %K", "-C", "40"], server)
            let old = try CommandLink(RedisConfiguration(url: server.url))
            for number in 0..<20 {
                var configuration = try RedisConfiguration(url: server.url)
                configuration.clientName = "short-\(number)"
                let link = try CommandLink(configuration)
                _ = try await link.send(["SET", "\(number)", "v"])
                await link.close()
                _ = try await old.send(["SET", "\(number)", "w"])
            }
            await old.close()
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.lines == (0..<20).flatMap { ["short-\($0) \($0)", " \($0)"] })
        }
    }

    @Test("the server is asked once while nobody new comes")
    func pace() async throws {
        try await withRedisServer { server in
            let link = try CommandLink(RedisConfiguration(url: server.url))
            _ = try await link.send(["PING"])
            let begun = ContinuousClock.now
            let rwatch = try await watching(["--names", "--guard", "0", "-C", "2000"], server)
            for number in 0..<2000 { _ = try await link.send(["SET", "\(number)", "v"]) }
            #expect(try await rwatch.status() == 0)
            // A list is trusted for ten seconds.
            let most = 1 + Int(begun.duration(to: .now) / .seconds(10))
            let calls = try server.command("INFO", "commandstats").firstMatch(of: #/client\|list:calls=([0-9]+)/#)
            let asked = try #require(calls.flatMap { Int($0.1) })
            #expect((1...most).contains(asked))
            await link.close()
        }
    }

    @Test("whoever may not read the list of clients is told what right is missing")
    func refused() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "eve", "on", ">pw", "+@all", "-client|list", "~*", "&*")
            let port = "\(server.port)"
            for options in [["--names"], ["--client-name", "a"], ["-F", "%u"], ["--where", "user = a"]] {
                let rwatch = try RwatchProcess(["monitor", "-p", port, "--user", "eve", "-a", "pw"] + options)
                #expect(try await rwatch.status() == 77)
                #expect(rwatch.notices.contains("ACL SETUSER eve +client|list would allow it"), "\(rwatch.notices)")
            }
            // Nobody asks for names here.
            let plain = try RwatchProcess(
                ["monitor", "-p", port, "--user", "eve", "-a", "pw", "--cmd", "set", "-C", "1"]
            )
            #expect(try await eventually { plain.notices.contains("watching ") })
            try server.command("SET", "k", "v")
            #expect(try await plain.status() == 0)
        }
    }

    @Test("rwatch's own commands are left out, and shown with --self")
    func own() async throws {
        try await withRedisServer { server in
            let hidden = try await watching(["--names", "--not-cmd", "x", "-C", "1"], server)
            try server.command("SET", "k", "v")
            #expect(try await hidden.status() == 0)
            #expect(hidden.lines.count == 1)
            let shown = try RwatchProcess(["monitor", "-p", "\(server.port)", "--self", "--until", "guard-"])
            #expect(try await shown.status() == 0)
            #expect(shown.lines.last?.contains(#""HELLO" "3" "#) == true)
        }
    }

    @Test("what makes no sense is a usage error")
    func usage() async throws {
        for arguments in [
            ["sub", "c", "--client-name", "a"], ["replay", "/dev/null", "--lua", "attribute"],
            ["replay", "/dev/null", "--where", "user = a", "--dry-run"], ["keys", "--names"],
            ["monitor", "--where", "client.nam = a"], ["sub", "c", "-F", "%n"],
        ] {
            let rwatch = try RwatchProcess(arguments)
            #expect(try await rwatch.status() == 64, "\(arguments)")
        }
    }
}
