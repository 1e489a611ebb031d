import RedisRESP
import RedisReactor
import RwatchKit
import TestSupport
import Testing

@Suite("The report of a replay", .tags(.unit))
struct ReplayReportTests {
    private func report(isDry: Bool = false) -> ReplayReport {
        let (_, counts) = planned([
            line("a:1", "SET k v"), line("lua", "SET k v"), line("a:1", "AUTH x"), "what", #"{"kind":"gap"}"#,
        ])
        var progress = ReplayProgress()
        let unit = ReplayUnit(kind: .command, client: "a", time: 0, encoded: [1])
        if !isDry {
            progress.sent(unit, ticket: 1, over: 0, late: .microseconds(20))
            progress.settled(1, over: 0, answered: 1, errors: [("ERR", "ERR no")], after: .milliseconds(2))
        }
        let figures = ReplayFigures(
            connections: 1,
            passedOn: 2,
            recorded: .seconds(12),
            elapsed: .milliseconds(6010),
            passes: 1,
            missingLines: 0
        )
        return ReplayReport(counts: counts, progress: progress, figures: figures, speed: .times(2), isDry: isDry)
    }

    @Test("tells everything that was found, sent, answered and left out")
    func text() {
        #expect(
            report().lines == [
                "recorded    3 in 5 lines, over 12 s",
                "sent        1 over 1 connection (passed on to other clients 2 times) in 6 s, at 2x",
                "late        p50 0.020 ms, p99 0.020 ms, max 0.020 ms",
                "answered    1, after p50 2.000 ms, p99 2.000 ms, max 2.000 ms", "errors      1", "  1 ERR no",
                "not sent    2", "  1 sent by scripts", "  1 about their connection (AUTH, CLIENT, SUBSCRIBE and such)",
                "unreadable  1", "  1 of no known form", "gaps        1 in the recording",
            ]
        )
        #expect(report(isDry: true).lines[1].hasPrefix("would send  1 over 1 connection"))
    }

    @Test("is one object of JSON")
    func json() {
        #expect(
            String(decoding: report().json, as: UTF8.self)
                == #"{"kind":"replay","lines":5,"recorded":3,"planned":1,"sent":1,"transactions":0,"answered":1,"#
                + #""unanswered":0,"blocked":0,"unblocked":0,"error_count":1,"errors":{"ERR":1},"#
                + #""skipped":{"script":1,"connection":1},"unreadable":{"unknown_form":1},"gaps":1,"dropped":0,"#
                + #""connections":1,"passed_on":2,"passes":1,"speed":"2x","recorded_ms":12000.000,"#
                + #""elapsed_ms":6010.000,"late_ms":{"p50":0.020,"p99":0.020,"max":0.020},"#
                + #""reply_ms":{"p50":2.000,"p99":2.000,"max":2.000}}"# + "\n"
        )
    }

    @Test("is for a server on this machine, or one that the user has agreed to")
    func loopback() {
        for (endpoint, isLoopback) in [
            (RedisEndpoint.tcp(host: "localhost", port: 1), true), (.tcp(host: "LOCALHOST", port: 1), true),
            (.tcp(host: "127.1.2.3", port: 1), true), (.tcp(host: "::1", port: 1), true),
            (.tcp(host: "::ffff:127.0.0.1", port: 1), true), (.unix(path: "/s"), true),
            (.tcp(host: "10.0.0.1", port: 1), false), (.tcp(host: "localhost.example.com", port: 1), false),
            (.tcp(host: "::2", port: 1), false), (.tcp(host: "1270.0.0.1", port: 1), false),
            (.tcp(host: "0.0.0.0", port: 1), false), (.tcp(host: "redis", port: 1), false),
        ] { #expect(endpoint.isLoopback == isLoopback, "\(endpoint)") }
        #expect(
            RedisEndpoint.tcp(host: "::1", port: 7).recordedNames == ["[::1]:7", "localhost:7", "127.0.0.1:7"]
        )
        #expect(RedisEndpoint.tcp(host: "10.0.0.1", port: 7).recordedNames == ["10.0.0.1:7"])
    }
}
