import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// What rwatch says, and by which status it ends, when a server has not what is asked for or does not allow it.
@Suite("rwatch refused", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchRefusalTests {
    @Test("a command that the server lacks or has renamed is status 78 and one sentence")
    func lacking() async throws {
        var arguments: [String] = []
        for command in ["MONITOR", "SUBSCRIBE", "SSUBSCRIBE", "PUBLISH", "PUBSUB"] {
            arguments += ["--rename-command", command, "hidden-\(command)"]
        }
        try await withRedisServer(RedisServerOptions(arguments: arguments)) { server in
            for (command, name) in [
                (["monitor"], "MONITOR"), (["sub", "ch"], "SUBSCRIBE"), (["ssubscribe", "ch"], "SSUBSCRIBE"),
                (["pub", "ch", "x"], "PUBLISH"), (["channels"], "PUBSUB"),
            ] {
                let run = try RwatchProcess(command + ["-p", "\(server.port)"])
                #expect(try await run.status() == 78, "\(command)")
                #expect(run.notices.hasPrefix("rwatch: localhost:\(server.port): "))
                #expect(run.notices.contains("the server lacks \(name), or has renamed it (ERR unknown command "))
                #expect(run.notices.split(separator: "\n").count == 1)
            }
        }
    }

    @Test(
        "and so it is in the words of others",
        arguments: [
            "ERR Command is not available: 'MONITOR'", "ERR unsupported command 'MONITOR'",
            "ERR Unknown Command: 'monitor'",
            "ERR monitor is disabled", "ERR command not found",
        ]
    )
    func otherWords(_ line: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("-\(line)\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let run = try RwatchProcess(["monitor", "--guard", "0", "-u", url])
            #expect(try await run.status() == 78)
            #expect(run.notices.contains(", or has renamed it (\(line))\n"))
        }
    }

    @Test("monitor -n prints the commands of that database alone", arguments: ["option", "url"])
    func monitoredDatabase(_ place: String) async throws {
        try await withRedisServer { server in
            let target =
                place == "url" ? ["-u", "redis://127.0.0.1:\(server.port)/1"] : ["-n", "1", "-p", "\(server.port)"]
            let run = try RwatchProcess(["monitor", "-C", "3"] + target)
            #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
            let zero = try RedisClient("redis://127.0.0.1:\(server.port)")
            let one = try RedisClient("redis://127.0.0.1:\(server.port)/1")
            try await zero.send(["SET", "a", "x"])
            try await one.send(["SET", "b", "[1 y]"])
            try await zero.send(["SET", "c", "[1 z]"])
            try await one.send(["EVAL", "return redis.call('GET', KEYS[1])", "1", "b"])
            #expect(try await run.status() == 0)
            let shown = run.lines.filter { !$0.contains("INFO") && !$0.contains("CLIENT") }
            #expect(shown.allSatisfy { $0.contains(" [1 ") })
            #expect(!run.text.contains("\"a\"") && !run.text.contains("\"c\""))
            await zero.close()
            await one.close()
        }
    }

    @Test("--enable=Kx adds exactly these flags, and watches what they tell of")
    func exactFlags() async throws {
        for (options, before, during) in [(["--enable=Kx"], "", "xK"), (["--enable", "Kx"], "lE", "lxKE")] {
            try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", before])) { server in
                let run = try RwatchProcess(["keys"] + options + ["-C", "1", "-p", "\(server.port)"])
                #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "1" })
                #expect(try await eventually { try server.notifyFlags == during })
                #expect(try await eventually { run.notices.contains("watching ") }, "\(run.notices)")
                try server.command("SET", "k", "v", "PX", "1")
                #expect(try await run.status() == 0)
                #expect(run.text.hasSuffix(" [0] expired \"k\"\n"))
                #expect(try server.notifyFlags == before)
            }
        }
        try await withRedisServer { server in
            let run = try RwatchProcess(["keys", "--enable=Kx", "--events", "del", "-p", "\(server.port)"])
            #expect(try await run.status() == 78)
            #expect(run.notices.contains("is off and lacks gK: "))
            #expect(try server.notifyFlags == "")
        }
    }

    @Test("one forbidden channel of several is told with the rule that allows it, and takes no other along")
    func oneForbidden() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&ok")
            let user = ["-p", "\(server.port)", "--user", "ann", "-a", "pw"]
            let run = try RwatchProcess(["sub", "no", "ok", "-P", "b c*", "--raw", "-C", "1"] + user)
            #expect(try await eventually { run.notices.contains("\"b c*\"") })
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ok").hasSuffix("1") })
            try server.publish("ok", "x")
            #expect(try await run.status() == 0)
            #expect(run.text == "x\n")
            for (name, rule) in [("no", "&no"), ("b c*", "\"&b c*\"")] {
                let start = "rwatch: localhost:\(server.port): cannot subscribe to \"\(name)\": NOPERM "
                let line = run.notices.split(separator: "\n").first { $0.hasPrefix(start) }
                #expect(line?.hasSuffix("; ACL SETUSER ann \(rule) would allow it") == true, "\(run.notices)")
            }
            let all = try RwatchProcess(["sub", "no", "neither"] + user)
            #expect(try await all.status() == 77)
            #expect(all.notices.contains("cannot subscribe to \"no\", \"neither\": NOPERM "))
            #expect(all.notices.hasSuffix("; ACL SETUSER ann &no &neither would allow it\n"))
            let pub = try RwatchProcess(["pub", "no", "x"] + user)
            #expect(try await pub.status() == 77)
            #expect(pub.notices.contains("cannot publish to \"no\": NOPERM "))
            #expect(pub.notices.hasSuffix("; ACL SETUSER ann &no would allow it\n"))
            let keys = try RwatchProcess(["keys"] + user)
            #expect(try await keys.status() == 77)
            #expect(
                keys.notices.hasPrefix(
                    "rwatch: localhost:\(server.port): cannot subscribe to \"__keyevent@*__:*\": NOPERM "
                )
            )
            #expect(keys.notices.hasSuffix("; ACL SETUSER ann &__keyevent@*__:* would allow it\n"))
            try server.command("ACL", "SETUSER", "ann", "-monitor")
            let monitor = try RwatchProcess(["monitor"] + user)
            #expect(try await monitor.status() == 77)
            #expect(monitor.notices.hasSuffix("; ACL SETUSER ann +monitor would allow it\n"))
        }
    }

    @Test("one forbidden pattern of keys takes no other along")
    func oneForbiddenPattern() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&__keyspace@*__:a*")
            let run = try RwatchProcess([
                "keys", "b*", "a*", "-C", "1", "-p", "\(server.port)", "--user", "ann", "-a", "pw",
            ])
            #expect(try await eventually { run.notices.contains("would allow it") })
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "1" })
            try server.command("SET", "b1", "x")
            try server.command("SET", "a1", "x")
            #expect(try await run.status() == 0)
            #expect(run.text.hasSuffix(" [0] set \"a1\"\n") && run.lines.count == 1)
            #expect(run.notices.contains("cannot subscribe to \"__keyspace@*__:b*\": NOPERM "))
            #expect(run.notices.contains("; ACL SETUSER ann &__keyspace@*__:b* would allow it\n"))
        }
    }

    @Test("ends when the last of the names that were not refused at the start is taken away")
    func lastOfSome() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&ok")
            let run = try RwatchProcess(["sub", "no", "ok", "-p", "\(server.port)", "--user", "ann", "-a", "pw"])
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ok").hasSuffix("1") })
            #expect(try await eventually { run.notices.contains("watching ") }, "\(run.notices)")
            try server.command("ACL", "SETUSER", "ann", "resetchannels")
            #expect(try await run.status() == 77)
        }
    }

    @Test("errors say what to do, name the server, and no stage of ours")
    func words() async throws {
        try await withRedisServer(RedisServerOptions(password: "right")) { server in
            for command in [
                ["sub", "c"], ["monitor"], ["keys"], ["pub", "c", "x"], ["channels"], ["sub", "c", "-2"],
            ] {
                let run = try RwatchProcess(command + ["-h", "127.0.0.1:\(server.port)"])
                #expect(try await run.status() == 77)
                #expect(
                    run.notices == """
                        rwatch: 127.0.0.1:\(server.port): the server requires a password: use -a, or \
                        set REDISCLI_AUTH (NOAUTH)

                        """,
                    "\(command)"
                )
            }
            let wrong = try RwatchProcess(["sub", "c", "-p", "\(server.port)", "-a", "p"])
            #expect(try await wrong.status() == 77)
            #expect(
                wrong.notices == """
                    rwatch: localhost:\(server.port): WRONGPASS invalid username-password pair or user is disabled.

                    """
            )
        }
        let free = "\(try closedPort())"
        let refused = try RwatchProcess(["pub", "c", "x", "-p", free])
        #expect(try await refused.status() == 69)
        #expect(refused.notices == "rwatch: localhost:\(free): cannot connect: Connection refused\n")
    }

    @Test(
        "a slot of another node names -c",
        arguments: ["MOVED 1 127.0.0.1:1", "CROSSSLOT Keys in request don't hash to the same slot"]
    )
    func moved(_ line: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("-\(line)\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let run = try RwatchProcess(["sub", "-S", "a", "-u", url])
            #expect(try await run.status() == 69)
            #expect(run.notices.hasSuffix("\(line): the server is a node of a cluster; -c watches all of it\n"))
        }
    }

    @Test(
        "whoever answers in another protocol is called by name",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "the port is one of an HTTP server, not of Redis"),
            ("<!DOCTYPE HTML>\n<html>", "the port is one of an HTTP server, not of Redis"),
            ("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "the port is one of an SSH server, not of Redis"),
            ("220 mail.example ESMTP\r\n", "the port is one of a mail or FTP server, not of Redis"),
            ("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}F", "the server speaks TLS; is this a TLS port? use --tls"),
        ]
    )
    func otherProtocol(_ greeting: String, _ words: String) async throws {
        try await withScriptedServer { connection in
            try connection.send(greeting)
            connection.closeGracefully()
        } client: { url in
            let run = try RwatchProcess(["sub", "c", "-u", url])
            #expect(try await run.status() == 69)
            #expect(run.notices.hasSuffix(": \(words)\n"), "\(run.notices)")
        }
    }

    @Test("an encrypted key is called one, and its password comes from a file or the environment")
    func encryptedKey() async throws {
        let tls = try ServerTLS(requiresClientCertificate: true)
        let mine = try tls.certificates.issue("rwatch")
        let key = mine.privateKey + ".encrypted"
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments = ["pkey", "-aes256", "-passout", "pass:right", "-in", mine.privateKey, "-out", key]
        try openssl.run()
        #expect(try await eventually { !openssl.isRunning })
        let file = mine.privateKey + ".password"
        try Data("right\n".utf8).write(to: URL(fileURLWithPath: file))
        try await withRedisServer(RedisServerOptions(tls: tls)) { server in
            let target = [
                "channels", "-u", "rediss://localhost:\(server.port)", "--cacert", tls.certificates.authority, "--cert",
                mine.certificate, "--key", key,
            ]
            let place =
                "rwatch: localhost:\(server.port): TLS: private key \(key): it is encrypted, and its password is"
            for (options, environment, status, notice) in [
                ([], [:], 64, "\(place) missing; use --key-pass-file, or set RWATCH_KEY_PASS\n"),
                ([], ["RWATCH_KEY_PASS": "wrong"], 64, "\(place) another\n"),
                ([], ["RWATCH_KEY_PASS": "right"], 0, ""), (["--key-pass-file", file], [:], 0, ""),
                (["--key-pass-file", "/nonexistent"], [:], 66, "rwatch: cannot read /nonexistent: No such file"),
            ] as [([String], [String: String], Int32, String)] {
                let run = try RwatchProcess(target + options, environment: environment)
                #expect(try await run.status() == status)
                #expect(notice.isEmpty ? run.notices.isEmpty : run.notices.hasPrefix(notice), "\(run.notices)")
            }
        }
    }
}
