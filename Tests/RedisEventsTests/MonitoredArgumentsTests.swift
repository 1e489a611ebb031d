import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("The arguments of a monitored command", .tags(.unit))
struct MonitoredArgumentsTests {
    private func command(_ arguments: [String]) throws -> Monitor.Command {
        let line = "1339518083.107412 [0 127.0.0.1:60866] " + arguments.map { "\"\($0)\"" }.joined(separator: " ")
        return try #require(Monitor.Command(line: RedisBytes(line)))
    }

    @Test("are found however many there are and however long", arguments: [1, 5, 6, 7, 40, 5000])
    func count(_ count: Int) throws {
        let expected = (0..<count).map { "a\($0)" }
        let arguments = try command(expected).arguments
        #expect(arguments.count == count)
        #expect(arguments.map(\.description) == expected)
        #expect(arguments == expected.map { RedisBytes($0) })
        let long = String(repeating: "x", count: 40_000)
        #expect(try command(["SET", long, "\\\"\\x00"]).arguments == ["SET", RedisBytes(long), "\"\0"])
    }

    @Test("hold escapes in some and none in others, however many there are", arguments: [2, 6, 7, 30])
    func escapes(_ count: Int) throws {
        let texts = (0..<count).map { $0 % 2 == 0 ? "plain \($0)" : "a\\\"b\\x0\($0 % 10)\\\\" }
        let expected = (0..<count).map {
            $0 % 2 == 0 ? RedisBytes("plain \($0)") : RedisBytes([0x61, 0x22, 0x62, UInt8($0 % 10), 0x5C])
        }
        let command = try command(texts)
        #expect(command.arguments == expected)
        #expect(command.arguments[count - 1] == expected[count - 1])
        #expect(command.line.compacted().count == command.line.count)
        #expect(command.source == .tcp(address: "127.0.0.1", port: 60866))
    }

    @Test("tell commands apart, and so do the sender, the time and the server")
    func equality() throws {
        func command(_ header: String, node: RedisEndpoint? = nil) throws -> Monitor.Command {
            try #require(Monitor.Command(line: RedisBytes("\(header)] \"GET\" \"k\""), node: node))
        }
        let one = try command("1339518083.107412 [0 127.0.0.1:60866")
        let same = try command("1339518083.107412 [0 127.0.0.1:60866")
        #expect(one == same)
        #expect(one.hashValue == same.hashValue)
        for header in [
            "1339518083.107413 [0 127.0.0.1:60866", "1339518083.107412 [1 127.0.0.1:60866",
            "1339518083.107412 [0 127.0.0.1:60867",
        ] { #expect(try command(header) != one, "\(header)") }
        let elsewhere = try command("1339518083.107412 [0 127.0.0.1:60866", node: .tcp(host: "a", port: 1))
        #expect(elsewhere != one)
    }

    @Test("of a borrowed command are those of a kept one, and are read one by one")
    func view() throws {
        let line = RedisBytes("1339518083.107412 [3 [::1]:60866] \"SET\" \"k\\n\" \"\" \"\\x00v\"")
        guard let view = Monitor.CommandView(line.rawSpan, .none) else { return #expect(Bool(false)) }
        var found: [RedisBytes] = []
        var arguments = view.arguments
        while let argument = arguments.next() { found.append(argument.bytes) }
        #expect(found == ["SET", "k\n", "", "\0v"])
        let (time, database, source) = (view.time.microseconds, view.database, RedisBytes(copying: view.source))
        #expect(time == 1_339_518_083_107_412)
        #expect(database == 3)
        #expect(source == "[::1]:60866")
        let copy = Monitor.Command(view)
        let kept = try #require(copy)
        #expect(kept.arguments == found)
        #expect(kept.database == 3)
        #expect(kept.source == .tcp(address: "::1", port: 60866))
        #expect(kept.line == line)
    }
}
