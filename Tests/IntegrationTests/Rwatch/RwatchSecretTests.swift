import Foundation
import RedisTesting
import TestSupport
import Testing

/// What others on the machine can see of rwatch while it runs.
@Suite("rwatch and what others see of it", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchSecretTests {
    /// Like nothing else, and without a letter that an option has.
    private let secret = "HUNTER\(UInt64.random(in: 1 << 40 ... .max))"

    private func read(_ process: RwatchProcess, _ name: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process.id)/\(name)")),
            as: UTF8.self
        )
    }

    @Test("the process list shows no password, in whatever form it was given")
    func commandLine() async throws {
        let port = "\(try closedPort())"
        let lines: [[String]] = [
            ["-a", secret], ["-a\(secret)"], ["--pass", secret], ["--pass=\(secret)"], ["-ca", secret],
            ["-c3a\(secret)"],
            ["-3qa", secret], ["-q3a\(secret)"], ["-a", "x", "-a", secret], ["-u", "redis://:\(secret)@h:1"],
            ["-uredis://u:\(secret)@h:1"], ["--uri=redis://u:\(secret)@h:1"], ["-qu", "redis://:\(secret)@h:1"],
        ]
        var runs = try lines.map { try RwatchProcess(["sub", "ch", "-p", port, "--wait", "60s"] + $0) }
        for query in [
            "sentinel%5Fpassword=\(secret)", "sentinel_password=x&sentinel_password=\(secret)",
            "sentinel_password=\(secret)&sentinel_password=x", "sentinel_passwor%64=\(secret)",
        ] {
            let url = "redis+sentinel://127.0.0.1:\(port)/m?\(query)"
            runs.append(try RwatchProcess(["--wait", "60s", "sub", "ch", "-u", url]))
        }
        for run in runs {
            // The process list may be looked at before rwatch has begun.
            let isHidden = try await eventually {
                let line = try read(run, "cmdline")
                return line.contains("sub") && line.contains("xxx") && !line.contains(secret)
            }
            let line = try read(run, "cmdline").replacing(secret, with: "(secret)")
            #expect(isHidden, "\(line)")
            run.signal(SIGTERM)
        }
        for run in runs { #expect(try await run.status() == 128 + SIGTERM) }
    }

    @Test("nor does it for a command that publishes")
    func publishing() async throws {
        try await withScriptedServer { connection in
            _ = try connection.waitForClose()
        } client: { url in
            let port = try #require(url.split(separator: ":").last)
            let runs = try [["-la", secret], ["-la\(secret)"]].map {
                try RwatchProcess(["pub"] + $0 + ["ch", "-p", "\(port)"], input: "x\n")
            }
            for run in runs {
                #expect(
                    try await eventually {
                        try read(run, "cmdline").contains("-la\0xxx") || read(run, "cmdline").contains("-laxxx")
                    }
                )
                #expect(try !read(run, "cmdline").contains(secret))
                run.signal(SIGKILL)
                _ = try await run.status()
            }
        }
    }

    @Test("no usage error repeats a password")
    func usageErrors() async throws {
        let lines: [[String]] = [
            ["-3a\(secret)"], ["--", "-3a\(secret)"], ["-3", secret], ["-3", "a\(secret)"], ["demo", "-3a\(secret)"],
            ["sub", "ch", "-C", "-3a\(secret)"], ["sub", "ch", "-C-3a\(secret)"],
            ["sub", "ch", "--count=-3a\(secret)"],
            ["monitor", "--guard", "-3a\(secret)"], ["monitor", "--guard=-3a\(secret)"],
            ["sub", "ch", "--for", "-3a\(secret)"], ["sub", "ch", "--heartbeat=-a\(secret)"],
            ["keys", "-n", "-3a\(secret)"], ["sub", "ch", "--names-from", "-3a\(secret)", "-x"],
            ["sub", "ch", "-h", "-3a\(secret)"], ["sub", "ch", "-s", "-3a\(secret)"],
            ["sub", "ch", "-h", "\(secret)@h"],
            ["sub", "ch", "--tls", "--cacert", "-3a\(secret)"], ["keys", "--events", "-3a\(secret)"],
            ["sub", "ch", "-C", secret, "-a", secret], ["sub", "ch", "-C", secret, "--pass=\(secret)"],
            ["sub", "ch", "-3za\(secret)"], ["pub", "-la", secret], ["channels", "a", "b", "-a", secret],
            ["-c", "-u", "redis://:\(secret)@a", "-u", "redis://b", "sub", "ch"],
            ["--sentinel", "m", "-u", "redis://:\(secret)@a", "-u", "rediss://:\(secret)@b", "sub", "ch"],
            ["sub", "ch", "-u", "redis+cluster://:\(secret)@a,:\(secret)@b"],
            ["sub", "ch", "-u", "redis+sentinel://a/m?sentinel%5Fpassword=\(secret)&x=\(secret)"],
        ]
        let runs = try lines.map { try RwatchProcess($0) }
        for (line, run) in zip(lines, runs) {
            #expect(try await run.status() == 64, "\(line)")
            #expect(!run.notices.isEmpty && !run.notices.contains(secret), "\(line)")
        }
    }

    @Test("the environment shows no password once rwatch runs")
    func environment() async throws {
        let port = "\(try closedPort())"
        let run = try RwatchProcess(
            ["sub", "ch", "--wait", "60s"],
            environment: [
                "REDISCLI_AUTH": secret, "RWATCH_URL": "redis://:\(secret)@127.0.0.1:\(port)",
                "RWATCH_KEY_PASS": secret,
            ]
        )
        #expect(try await eventually { run.notices.contains("waiting up to") })
        let environment = try read(run, "environ")
        #expect(environment.contains("REDISCLI_AUTH=xxx") && environment.contains("RWATCH_URL=xxx"))
        #expect(!environment.contains(secret))
        run.signal(SIGTERM)
        #expect(try await run.status() == 128 + SIGTERM)
    }

    @Test("no core file is written, unless that is asked for", arguments: [false, true])
    func coreDumps(_ isAllowed: Bool) async throws {
        let port = "\(try closedPort())"
        let script = "ulimit -S -c unlimited || exit 3; exec \"$0\" \"$@\""
        let option = isAllowed ? ["--allow-core-dumps"] : []
        let run = try RwatchProcess(
            ["-c", script, RwatchProcess.executable.path, "sub", "ch", "-p", port, "--wait", "60s"] + option,
            executable: URL(fileURLWithPath: "/bin/sh")
        )
        #expect(try await eventually { run.notices.contains("waiting up to") })
        let limits = try read(run, "limits").split(separator: "\n")
        let line = try #require(limits.first { $0.hasPrefix("Max core file size") })
        // The thread sanitizer allows one byte.
        let allowed = sanitizerFactor == 1 ? "unlimited" : "1"
        #expect(line.split(separator: " ")[4] == (isAllowed ? allowed : "0"))
        run.signal(SIGTERM)
        #expect(try await run.status() == 128 + SIGTERM)
    }
}
