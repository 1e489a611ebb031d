import RedisCore
import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("Events for commands", .tags(.unit))
struct JobRecordTests {
    private static func shape(_ form: EventShape.Form, _ delimiter: [UInt8] = []) -> EventShape {
        .utc(form) {
            $0.isForJobs = true
            $0.delimiter = delimiter
        }
    }

    private func variables(_ record: JobRecord?) -> [String] {
        record.map { $0.variables.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" } } ?? []
    }

    @Test("a message: its payload is the input, byte for byte")
    func message() {
        let bytes = Shaped.message(
            .pmessage,
            Array("cache.a".utf8),
            pattern: Array("cache.*".utf8),
            [0, 0x0a, 0xff, 0x3a],
            Self.shape(.raw)
        )
        let records = JobRecord.all(in: bytes)
        #expect(records.map(\.input) == [[0, 0x0a, 0xff, 0x3a]])
        #expect(
            variables(records.first) == [
                "RWATCH_KIND=pmessage", "RWATCH_CHANNEL=cache.a", "RWATCH_PATTERN=cache.*",
                "RWATCH_TIME=1795219143.045931",
            ]
        )
    }

    @Test("an event of a key")
    func key() {
        let records = JobRecord.all(in: Shaped.key(Array("set".utf8), Array("k=1".utf8), Self.shape(.raw)))
        #expect(records.map(\.input) == [Array("k=1".utf8)])
        #expect(
            variables(records.first) == [
                "RWATCH_KIND=key", "RWATCH_EVENT=set", "RWATCH_KEY=k=1", "RWATCH_DB=3", "RWATCH_TIME=1795219143.045931",
            ]
        )
    }

    @Test("commands: the line is the input; several records follow each other")
    func commands() {
        let client = KnownClient(name: Array("web".utf8), user: Array("ann".utf8))
        let lines = [Shaped.line("SET", "käy", "v"), Shaped.line("PING"), Array("no command".utf8)]
        let records = JobRecord.all(in: Shaped.commands(lines, Self.shape(.line), client: client))
        #expect(
            records.map { String(decoding: $0.input, as: UTF8.self) } == [
                #"1795219143.045931 [0 127.0.0.1:41690] "SET" "k\xc3\xa4y" "v""# + "\n",
                #"1795219143.045931 [0 127.0.0.1:41690] "PING""# + "\n", "no command\n",
            ]
        )
        let common = ["RWATCH_CLIENT=127.0.0.1:41690", "RWATCH_DB=0", "RWATCH_CLIENT_NAME=web", "RWATCH_USER=ann"]
        let time = "RWATCH_TIME=1795219143.045931"
        #expect(
            records.map { variables($0) } == [
                ["RWATCH_KIND=command"] + common + ["RWATCH_COMMAND=SET", "RWATCH_KEY=käy", time],
                ["RWATCH_KIND=command"] + common + ["RWATCH_COMMAND=PING", time],
                ["RWATCH_KIND=command", "RWATCH_TIME=1.500000"],
            ]
        )
    }

    @Test("what no environment can hold is left out by name")
    func omitted() {
        let long = [UInt8](repeating: 0x78, count: (64 << 10) + 1)
        for (channel, pattern, omitted) in [
            ([0x61, 0], Array("p".utf8), "RWATCH_CHANNEL"), (long, [0], "RWATCH_CHANNEL RWATCH_PATTERN"),
        ] {
            let bytes = Shaped.message(.pmessage, channel, pattern: pattern, [0x31], Self.shape(.raw, [0x0a]))
            let records = JobRecord.all(in: bytes)
            #expect(records.map(\.input) == [[0x31, 0x0a]])
            #expect(variables(records.first).last == "RWATCH_OMITTED=\(omitted)")
            #expect(!variables(records.first).contains { $0.hasPrefix("RWATCH_CHANNEL=") })
        }
    }

    @Test("a cut chunk has only its whole records")
    func cut() {
        let bytes = Shaped.key(Array("set".utf8), Array("k".utf8), Self.shape(.raw))
        for count in bytes.indices { #expect(JobRecord.all(in: Array(bytes.prefix(count))).isEmpty) }
        #expect(JobRecord.all(in: bytes + bytes).count == 2)
    }
}
