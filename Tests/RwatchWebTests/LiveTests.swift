import RwatchKit
import RwatchWeb
import TestSupport
import Testing

/// The plain values behind the page.
@Suite("What the page is made of", .tags(.unit))
struct LiveTests {
    @Test("the history has the last 300 seconds, whatever the steps of time")
    func history() {
        var history = RateHistory()
        #expect(history.values.isEmpty)
        history.add(3, at: 1000)
        history.add(2, at: 1000)
        history.add(7, at: 1002)
        history.add(1, at: 1001)
        #expect(history.values.suffix(3) == [5, 1, 7] && history.values.count == RateHistory.length)
        history.advance(to: 1299)
        #expect(history.values.prefix(3) == [5, 1, 7] && history.last == 1299)
        history.add(9, at: 999)
        history.add(9, at: -1)
        history.advance(to: 500)
        #expect(history.values.reduce(0, +) == 13)
        history.advance(to: 1300)
        #expect(history.values.first == 1)
        history.add(4, at: 1_000_000)
        #expect(history.values.reduce(0, +) == 4 && history.values.last == 4)
    }

    @Test("a link is lost once, however often it is tried again, and tells since when it is as it is")
    func links() {
        var board = LinkBoard()
        board.isUp("sub", "a:1", at: 10)
        board.isUp("sub", "a:1", at: 20)
        #expect(board.links == [.init(source: "sub", node: "a:1", state: .up, since: 10)])
        board.isLost("sub", "a:1", "closed", at: 30)
        board.isLost("sub", "a:1", "refused", at: 40)
        #expect(
            board.links == [.init(source: "sub", node: "a:1", state: .lost, since: 30, losses: 1, cause: "refused")]
        )
        board.isUp("sub", "a:1", at: 50)
        board.isUp("monitor", "a:1", at: 60)
        board.hasEnded("sub", "over", at: 70)
        #expect(board.links.map(\.state) == [.ended, .up] && board.links[0].losses == 1)
        for index in 0..<2000 { board.isUp("sub", "\(index)", at: 80) }
        #expect(board.links.count == 512)
    }

    @Test("the latest incidents are kept, and a gap that is told again is one")
    func incidents() {
        var incidents = RecentIncidents()
        incidents.add(Incident(.gap, from: 1, until: 2, node: "a"))
        incidents.add(Incident(.gap, from: 1, until: 9, node: "a"))
        #expect(incidents.gaps == 1 && incidents.latest == [Incident(.gap, from: 1, until: 9, node: "a")])
        for index in 0..<150 { incidents.add(Incident(.reconnect, from: Int64(index), until: Int64(index + 1))) }
        #expect(incidents.reconnects == 150 && incidents.latest.count == 100 && incidents.latest.last?.from == 149)
    }

    @Test("calls are counted from the first sample on, also when a server begins anew")
    func statistics() {
        #expect(
            CommandStatistic("calls=21,usec=175,usec_per_call=8.33,rejected_calls=0")
                == .init(calls: 21, microseconds: 175)
        )
        #expect(CommandStatistic("usec=1") == nil && CommandStatistic("") == nil && CommandStatistic("calls=-1") == nil)
        var statistics = CommandStatistics()
        func sample(_ get: Int, _ set: Int? = nil) -> [String: CommandStatistic] {
            var sample = ["get": CommandStatistic(calls: get, microseconds: get * 2)]
            if let set { sample["set"] = CommandStatistic(calls: set, microseconds: set) }
            return sample
        }
        #expect(statistics.add(sample(100), from: "a") == 0)
        #expect(statistics.add(sample(130, 5), from: "a") == 35)
        #expect(statistics.add(sample(50), from: "b") == 0)
        #expect(statistics.add(sample(51), from: "b") == 1)
        #expect(statistics.add(sample(4, 5), from: "a") == 4)
        #expect(statistics.total == 40)
        #expect(
            statistics.top(5) == [
                .init(name: "get", calls: 35, microseconds: 70, recent: 5),
                .init(name: "set", calls: 5, microseconds: 5, recent: 0),
            ]
        )
    }

    @Test("calls are counted whatever a server says")
    func extremeStatistics() throws {
        let none = CommandStatistic(calls: 0, microseconds: 0)
        let most = try #require(CommandStatistic("calls=\(Int.max),usec=\(Int.max)"))
        var statistics = CommandStatistics()
        for _ in 0..<2 {
            statistics.add(["get": none, "set": none], from: "a")
            #expect(statistics.add(["get": most, "set": most], from: "a") == .max)
        }
        statistics.add([:], from: "b")
        statistics.add(["get": most], from: "b")
        #expect(statistics.total == .max)
        #expect(statistics.top(1) == [.init(name: "get", calls: .max, microseconds: .max, recent: .max)])
    }

    @Test("labels of metrics may be any text")
    func metrics() {
        var text = PrometheusText()
        text.metric("rwatch_x", .gauge, "A \\ and\na line.")
        text.sample("rwatch_x", 3)
        text.sample("rwatch_x", [("a", "say \"hi\"\n\\"), ("b", "ü")], -1)
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == """
                # HELP rwatch_x A \\\\ and\\na line.
                # TYPE rwatch_x gauge
                rwatch_x 3
                rwatch_x{a="say \\"hi\\"\\n\\\\",b="ü"} -1

                """
        )
    }
}
