import RedisRESP
import RedisReactor
import RwatchKit
import TestSupport
import Testing

@Suite("What is counted of a server's statistics", .tags(.unit))
struct ServerFiguresTests {
    private let node = RedisEndpoint.tcp(host: "h", port: 1)

    private func sample(
        _ second: Int64,
        calls: [String: Int],
        executed: Int,
        run: String = "a",
        clients: [(id: Int, commands: Int)]? = nil
    ) -> ServerSample {
        let lines = calls.map { "cmdstat_\($0.key):calls=\($0.value),usec=\($0.value &* 10)" }
        let text = ["run_id:\(run)", "total_commands_processed:\(executed)"] + lines
        var sample = ServerSample(at: second * 1_000_000, InfoReply(RedisBytes(text.joined(separator: "\n"))))
        sample.clients = clients.map { clients in
            ClientRows(
                RedisBytes(
                    clients.map { "id=\($0.id) addr=a:\($0.id) tot-cmds=\($0.commands)" }.joined(separator: "\n")
                )
            )
        }
        return sample
    }

    private func counts(_ table: FlowTable, _ figures: ServerFigures) -> [String: [Int]] {
        table.rows(at: figures.time).reduce(into: [:]) { found, row in
            found[String(decoding: row.name, as: UTF8.self)] = [row.total[0], row.last[0]]
        }
    }

    @Test("are the differences between samples, and those of the last interval")
    func differences() {
        var figures = ServerFigures(node)
        figures.take(sample(100, calls: ["get": 1000, "set": 5], executed: 2000))
        #expect(counts(figures.commands, figures) == ["get": [0, 0], "set": [0, 0]] && figures.line.isEmpty)
        figures.take(sample(102, calls: ["get": 1010, "set": 5, "del": 3], executed: 2020))
        #expect(counts(figures.commands, figures) == ["get": [10, 10], "set": [0, 0], "del": [3, 3]])
        #expect(figures.interval == 2 && figures.executed.last == 20 && figures.line == [10])
        figures.take(sample(103, calls: ["get": 1011, "set": 9, "del": 3], executed: 2025))
        #expect(counts(figures.commands, figures) == ["get": [11, 1], "set": [4, 4], "del": [3, 0]])
        #expect(figures.executed.total == 25)
        let windows = figures.commands.rows(at: figures.time).first { $0.name == Array("get".utf8) }?.windows
        #expect(windows?.map(\.events) == [11, 11, 11, 11])
    }

    @Test("count from zero again when a server was started again, which is a gap, or has reset its statistics")
    func restart() {
        var figures = ServerFigures(node)
        figures.take(sample(100, calls: ["get": 1000], executed: 2000))
        figures.take(sample(101, calls: ["get": 1004], executed: 2004))
        figures.take(sample(102, calls: ["get": 2000], executed: 3000, run: "b"))
        #expect(counts(figures.commands, figures) == ["get": [2004, 2000]])
        #expect(figures.executed.last == 3000 && figures.incidents.gaps == 1)
        #expect(figures.incidents.kept.first?.from == 101_000_000)
        // CONFIG RESETSTAT.
        figures.take(sample(103, calls: ["get": 7], executed: 8, run: "b"))
        #expect(counts(figures.commands, figures)["get"] == [2011, 7] && figures.incidents.gaps == 1)
    }

    @Test("tell when a server did not answer, and since when it does again")
    func outage() {
        var figures = ServerFigures(node)
        figures.take(sample(100, calls: [:], executed: 1))
        figures.fail("no", at: 101_000_000)
        figures.fail("no", at: 102_000_000)
        #expect(figures.failure == "no" && figures.incidents.reconnects == 0)
        figures.take(sample(103, calls: [:], executed: 4))
        #expect(figures.failure == nil && figures.incidents.reconnects == 1 && figures.executed.total == 3)
        #expect(figures.incidents.kept.last?.from == 101_000_000)
    }

    @Test("know clients by their connections, and forget those that are gone")
    func clients() {
        var figures = ServerFigures(node)
        figures.take(sample(100, calls: [:], executed: 0, clients: [(1, 50), (2, 60)]))
        figures.take(sample(101, calls: [:], executed: 0))
        figures.take(sample(102, calls: [:], executed: 0, clients: [(2, 61), (3, 4)]))
        #expect(counts(figures.clients, figures) == ["2\0a:2": [1, 1], "3\0a:3": [4, 4]])
        #expect(figures.clientInterval == 2 && figures.clientRows?.rows.count == 2)
    }

    @Test("begin anew when somebody wants it, without forgetting what the server said")
    func zero() {
        var figures = ServerFigures(node)
        figures.take(sample(100, calls: ["get": 10], executed: 10))
        figures.take(sample(101, calls: ["get": 20], executed: 20))
        figures.zero()
        #expect(counts(figures.commands, figures) == ["get": [0, 0]] && figures.executed.total == 0)
        figures.take(sample(102, calls: ["get": 23], executed: 24))
        #expect(counts(figures.commands, figures) == ["get": [3, 3]] && figures.executed.total == 4)
    }

    @Test("stay numbers when a server's go anywhere")
    func extremes() {
        var figures = ServerFigures(node)
        for calls in [Int.max, 0, 1 << 56, 1, -5, 1 << 56] {
            figures.take(sample(Int64(100), calls: ["get": calls, "x\(calls)": 1], executed: calls))
        }
        #expect(figures.executed.total >= 0)
        var table = FlowTable(capacity: 2)
        #expect(table.rows(at: figures.time).isEmpty && table.leftOut == 0)
        table = FlowTable(capacity: 0)
        #expect(table.rows(at: figures.time).isEmpty)
    }
}
