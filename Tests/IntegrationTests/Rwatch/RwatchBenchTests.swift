import Foundation
import RedisTesting
import TestSupport
import Testing

/// What `rwatch bench` measures at real servers.
@Suite("rwatch bench as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchBenchTests {
    private func report(_ rwatch: RwatchProcess) throws -> [String: Any] {
        #expect(rwatch.lines.count == 1, "\(rwatch.notices)")
        return try #require(JSONSerialization.jsonObject(with: Data(rwatch.bytes)) as? [String: Any])
    }

    @Test("delivers each message to each subscriber once, at the rate that was asked for")
    func fanOut() async throws {
        try await withRedisServer { server in
            for options in [
                [], ["--pub", "3", "--sub", "4", "--channels", "5"], ["--shard", "--sub", "2", "--size", "1kb"],
            ] {
                let run = try RwatchProcess(
                    ["bench", "--rate", "500", "--for", "1s", "--json", "-p", "\(server.port)"] + options
                )
                #expect(try await run.status() == 0, "\(run.notices)")
                let report = try report(run)
                #expect(report["sent"] as? Int == 500 && report["published"] as? Int == 500, "\(options)")
                let subscribers = try #require(report["subscribers"] as? Int)
                #expect(
                    report["delivered"] as? Int == 500 * subscribers && report["receivers"] as? Int == 500 * subscribers
                )
                for name in ["missing", "missing_at_most", "repeated", "foreign", "gaps", "no_reply"] {
                    #expect(report[name] as? Int == 0, "\(name)")
                }
                #expect((report["refused"] as? [String: Int]) == [:])
                let delay = try #require(report["delay_us"] as? [String: Any])
                #expect(delay["count"] as? Int == 500 * subscribers)
                let shares = try ["p50", "p90", "p99", "p99.9", "max"].map { try #require(delay[$0] as? Double) }
                #expect(shares == shares.sorted() && shares[0] > 0)
                let seconds = try #require(report["seconds"] as? Double)
                #expect(seconds > 0.99)
            }
            // Nothing is left behind.
            #expect(try await eventually { try server.command("PUBSUB", "CHANNELS") == "" })
        }
    }

    @Test("sends as many as the server takes, and prints a histogram")
    func flood() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["bench", "--rate", "max", "--for", "300ms", "-p", "\(server.port)"])
            #expect(try await run.status() == 0, "\(run.notices)")
            #expect(run.text.contains("as many as the server takes)") && run.text.contains("\nmissing     0\n"))
            #expect(run.text.contains("#"))
            #expect(run.notices == "rwatch: measuring at localhost:\(server.port)\n")
        }
    }

    @Test("makes messages late that were due while the server stood still")
    func pause() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(
                ["bench", "--rate", "1000", "--for", "4s", "--json", "-q", "-p", "\(server.port)"]
            )
            #expect(try await eventually { try server.command("INFO", "commandstats").contains("cmdstat_publish:") })
            try server.pause()
            let begun = ContinuousClock.now
            #expect(try await eventually { begun.duration(to: .now) > .seconds(1) })
            try server.resume()
            #expect(try await run.status() == 0, "\(run.notices)")
            let report = try report(run)
            #expect(report["missing"] as? Int == 0 && report["sent"] as? Int == 4000)
            // A quarter of all messages was due while the server stood still.
            let delay = try #require(report["delay_us"] as? [String: Any])
            #expect(try #require(delay["max"] as? Double) >= 400_000)
            #expect(try #require(delay["p90"] as? Double) >= 100_000)
        }
    }

    @Test("tells exactly what is missing when subscribers were cut off, and ends with 1")
    func cut() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(
                ["bench", "--rate", "2000", "--for", "4s", "--json", "-q", "-p", "\(server.port)"]
            )
            #expect(try await eventually { try server.command("PUBSUB", "CHANNELS").hasPrefix("rwatch-bench:") })
            let sent = { try server.command("INFO", "commandstats").contains("cmdstat_publish:") }
            #expect(try await eventually { try sent() })
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await run.status() == 1, "\(run.notices)")
            let report = try report(run)
            let (published, delivered) = (report["published"] as? Int ?? 0, report["delivered"] as? Int ?? 0)
            #expect(published == 8000 && report["gaps"] as? Int == 1)
            #expect(report["missing"] as? Int == published - delivered && published > delivered)
            // The server knows how many it has handed out.
            #expect(report["receivers"] as? Int ?? 0 >= delivered)
        }
    }

    @Test("refuses another machine without --yes, and says what else is wrong")
    func refusals() async throws {
        for (arguments, status, words) in [
            (["-h", "10.255.255.1"], 64, "10.255.255.1:6379 is not on this machine"),
            (["--sentinel", "shop"], 64, "not on this machine"), (["--size", "31"], 64, "--size takes a size from 32"),
            (["--rate", "0"], 64, "--rate takes a number"), (["--pub", "0"], 64, "--pub takes a number"),
            (["--for", "0"], 64, "--for takes a time above 0"), (["x"], 64, "no arguments"),
            (["--sub", "1000", "--channels", "10000"], 64, "cannot be accounted"),
            (["-n", "1"], 64, "channels belong to no database"),
            (["-h", "127.0.0.1", "-p", "\(try closedPort())"], 69, "cannot connect"),
        ] as [([String], Int32, String)] {
            let run = try RwatchProcess(["bench"] + arguments)
            #expect(try await run.status() == status, "\(arguments): \(run.notices)")
            #expect(run.notices.contains(words), "\(arguments): \(run.notices)")
        }
    }

    @Test("says which right is missing")
    func rights() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "app", "on", ">p", "+@all", "-publish", "allchannels")
            let run = try RwatchProcess(["bench", "--for", "100ms", "-u", "redis://app:p@127.0.0.1:\(server.port)"])
            #expect(try await run.status() == 1, "\(run.notices)")
            #expect(run.text.contains("refused     100 NOPERM"), "\(run.text)")
            try server.command("ACL", "SETUSER", "app", "+publish", "resetchannels")
            let deaf = try RwatchProcess(["bench", "--for", "100ms", "-u", "redis://app:p@127.0.0.1:\(server.port)"])
            #expect(try await deaf.status() == 77)
        }
    }

    @Test("ends with a signal, and reports what came until then")
    func signals() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["bench", "--for", "1h", "--json", "-q", "-p", "\(server.port)"])
            #expect(try await eventually { try server.command("INFO", "commandstats").contains("cmdstat_publish:") })
            run.signal(SIGINT)
            #expect(try await run.status() == 128 + SIGINT)
            let report = try report(run)
            #expect(report["missing"] as? Int == 0 && report["sent"] as? Int == report["delivered"] as? Int)
        }
    }
}
