import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("What INFO tells", .tags(.unit))
struct InfoReplyTests {
    @Test("is read from the sections of a server")
    func fields() {
        let reply = InfoReply(
            """
            # Server\r
            redis_version:7.2.4\r
            run_id:abc\r
            uptime_in_seconds:90061\r
            # Clients\r
            connected_clients:12\r
            used_memory:1048576\r
            maxmemory:0\r
            role:master\r
            total_commands_processed:1000\r
            total_net_input_bytes:2000\r
            total_net_output_bytes:3000\r
            # Commandstats\r
            cmdstat_get:calls=5,usec=20,usec_per_call=4.00,rejected_calls=1,failed_calls=2\r
            cmdstat_config|get:calls=7,usec=8\r
            # Latencystats\r
            latency_percentiles_usec_get:p50=1.003,p99=2.007,p99.9=9.5\r
            """
        )
        #expect(reply.version == "redis 7.2.4" && reply.role == "master" && reply.runID == Array("abc".utf8))
        #expect(reply.uptime == 90061 && reply.clients == 12 && reply.memory == 1 << 20 && reply.memoryLimit == nil)
        #expect(reply.executed == 1000 && reply.input == 2000 && reply.output == 3000)
        #expect(reply.commands[Array("get".utf8)] == .init(calls: 5, microseconds: 20, rejected: 1, failed: 2))
        #expect(reply.commands[Array("config|get".utf8)] == .init(calls: 7, microseconds: 8))
        #expect(reply.latencies == [Array("get".utf8): .init(p50: 1.003, p99: 2.007)] && !reply.isCut)
    }

    @Test("names Valkey as what it is")
    func valkey() {
        let reply = InfoReply("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n")
        #expect(reply.version == "valkey 8.1.0")
    }

    @Test("is bounded and never traps, whatever a server says")
    func hostile() {
        let huge = String(repeating: "9", count: 40)
        let lines = (0..<3000).map { "cmdstat_c\($0):calls=1" }.joined(separator: "\n")
        let reply = InfoReply(
            RedisBytes(
                """
                used_memory:-1
                connected_clients:\(huge)
                uptime_in_seconds:
                redis_version:\u{1b}[31m
                latency_percentiles_usec_a:p50=nan,p99=inf
                latency_percentiles_usec_b:p50=-1,p99=1e400
                cmdstat_:calls=1
                cmdstat_\(String(repeating: "x", count: 65)):calls=1
                cmdstat_big:calls=\(huge)
                cmdstat_none
                :::
                \(lines)
                """
            )
        )
        #expect(reply.memory == nil && reply.clients == nil && reply.uptime == nil && reply.version.isEmpty)
        #expect(reply.latencies.values.allSatisfy { $0 == .init() } && reply.latencies.count == 2)
        #expect(reply.commands.count == InfoReply.mostCommands && reply.isCut)
        #expect(InfoReply(RedisBytes([UInt8](repeating: 0x61, count: 2 << 20))).isCut)
        var generator = Generator(state: 4)
        for _ in 0..<2000 { _ = InfoReply(RedisBytes("cmdstat_get:".utf8 + generator.bytes(upTo: 200))) }
    }
}
