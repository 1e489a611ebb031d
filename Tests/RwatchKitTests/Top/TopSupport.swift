import RedisRESP
import RedisReactor
import RwatchKit
import TestSupport

/// Snapshots with figures that never change, for what is drawn of them.
enum TopScene {
    static let time: Int64 = 1_700_000_000_000_000

    /// What a server told three times, a second between them: get twice as often as set, and a client of each kind.
    static func servers(_ count: Int = 1, subscribers: Int = 12) -> [ServerFigures] {
        (0..<count).map { number in
            var figures = ServerFigures(.tcp(host: "10.0.0.\(number + 1)", port: 6379))
            for second in 0..<3 {
                let calls = second * 1000
                let text = """
                    redis_version:7.2.4
                    role:master
                    run_id:a
                    uptime_in_seconds:\(90_000 + second)
                    connected_clients:3
                    used_memory:2621440
                    maxmemory:104857600
                    total_commands_processed:\(calls * 3 / 2)
                    total_net_input_bytes:\(calls * 100)
                    total_net_output_bytes:\(calls * 3000)
                    cmdstat_get:calls=\(calls),usec=\(calls * 2),rejected_calls=0,failed_calls=0
                    cmdstat_set:calls=\(calls / 2),usec=\(calls * 4),rejected_calls=0,failed_calls=\(second)
                    cmdstat_info:calls=\(second),usec=\(second * 150)
                    latency_percentiles_usec_get:p50=1.003,p99=7.007
                    latency_percentiles_usec_set:p50=4.015,p99=1500
                    """
                var sample = ServerSample(
                    at: TopScene.time + Int64(second) * 1_000_000,
                    InfoReply(RedisBytes(text)),
                    answerTime: .microseconds(850),
                    questions: 4
                )
                sample.clients = ClientRows(
                    RedisBytes(
                        """
                        id=1 addr=10.1.0.1:5001 name=web-1 age=60 idle=0 omem=0 cmd=get user=app tot-cmds=\(calls) \
                        tot-net-in=\(calls * 50) tot-net-out=\(calls * 2000)
                        id=2 addr=10.1.0.2:5002 name=käse\u{1b}[31m age=7200 idle=4 omem=2048 cmd=set user=app \
                        tot-cmds=\(calls / 2) tot-net-in=\(calls * 50) tot-net-out=\(calls)
                        id=3 addr=10.1.0.3:5003 name=rwatch-stats age=3 idle=0 omem=512 cmd=client|list user=default \
                        tot-cmds=\(second * 4) tot-net-in=100 tot-net-out=100
                        """
                    )
                )
                sample.channels = [
                    .init(name: Array("orders".utf8), subscribers: subscribers),
                    .init(name: [0x1b, 0x5b, 0x41, 0xff], subscribers: 3, isSharded: true),
                ]
                sample.channelCount = 2
                sample.patterns = 1
                figures.take(sample)
            }
            return figures
        }
    }

    static func stats(_ count: Int = 1, subscribers: Int = 12) -> TopFigures {
        let place = count == 1 ? "10.0.0.1:6379" : "cluster of 10.0.0.1:6379"
        return TopFigures(.stats, place: place, servers: servers(count, subscribers: subscribers))
    }

    /// What MONITOR told: `SET` and `GET` of a few keys, one of which is hostile.
    static func tally() -> EventTally {
        var tally = EventTally(Counters(seed: 5), tail: EventTail(most: 500))
        var parser = RecordingParser()
        for index in 0..<400 {
            let key = ["user:1", "user:2", "cart:\\x1b[2J", "käse:7"][index * index % 7 % 4]
            let microseconds = String(index * 5000 % 1_000_000)
            let stamp =
                "17000000\(String(index / 200).count == 1 ? "0" : "")\(index / 200).\(String(repeating: "0", count: 6 - microseconds.utf8.count))\(microseconds)"
            let line =
                index % 3 == 0
                ? "\(stamp) [0 10.1.0.\(index % 5):5000] \"SET\" \"\(key)\" \"value\(index)\""
                : "\(stamp) [0 10.1.0.\(index % 5):5000] \"GET\" \"\(key)\""
            withBytes(Array(line.utf8)) { parser.read($0, &tally) }
        }
        tally.passes(1_700_000_001_999_000)
        return tally
    }

    static func monitor() -> TopFigures {
        let tally = tally()
        var figures = TopFigures(.monitor, place: "10.0.0.1:6379", servers: servers(), counters: tally.counters)
        figures.tail = tally.last(200)
        return figures
    }

    /// A state that has taken a few snapshots.
    static func state(
        _ figures: TopFigures,
        columns: Int,
        rows: Int,
        keys: [Key] = []
    ) -> TopState {
        var state = TopState(columns: columns, rows: rows)
        for _ in 0..<3 { state.take(figures.snapshot(at: time + 2_000_000)) }
        for key in keys { _ = state.handle(key) }
        return state
    }
}
