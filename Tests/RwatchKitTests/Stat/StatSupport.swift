import RedisEvents
import RedisRESP
import RwatchKit

/// What is counted of the lines of a recording.
func tallied(
    _ lines: [[UInt8]],
    _ selection: RecordingSelection = RecordingSelection(),
    _ settings: Counters.Settings = Counters.Settings()
) -> EventTally {
    var tally = EventTally(Counters(settings, seed: 17), selection)
    var parser = RecordingParser()
    for line in lines { withBytes(line) { parser.read($0, &tally) } }
    return tally
}

func tallied(_ lines: String...) -> EventTally { tallied(lines.map { Array($0.utf8) }) }

/// The names of a table with their counts, the most frequent first.
func counts(_ names: HeavyHitters) -> [String] {
    names.top(100, at: CountingTime(begun: 0, now: 0)).map { row in
        "\(String(decoding: row.name, as: UTF8.self)) \(row.count)"
    }
}

/// The report on what was counted.
func report(_ tally: EventTally, rows: Int = 10) -> StatReport {
    StatReport(counters: tally.counters, account: tally.account, source: "rec.txt", rows: rows)
}
