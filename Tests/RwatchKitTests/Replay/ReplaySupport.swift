import RedisEvents
import RedisRESP
import RwatchKit

/// What a replay of these lines would send, in words.
func planned(
    _ lines: [String],
    _ settings: ReplayPlanner.Settings = ReplayPlanner.Settings()
) -> (units: [String], counts: ReplayCounts) {
    var planner = ReplayPlanner(settings, seed: 1)
    var parser = RecordingParser()
    var units: [String] = []
    for line in lines {
        withBytes(Array(line.utf8)) { parser.read($0, &planner) }
        while let unit = planner.next() { units.append(words(unit)) }
    }
    planner.recordingEnded()
    while let unit = planner.next() { units.append(words(unit)) }
    return (units, planner.counts)
}

/// A unit in words: its database, and its commands.
func words(_ unit: ReplayUnit) -> String {
    let kind =
        switch unit.kind {
        case .command: ""
        case .blockingCommand: " blocking"
        case .transaction: " transaction"
        case .publish: " publish"
        }
    let database = unit.database.map { " \($0)" } ?? ""
    let last = unit.lastDatabase.map { "->\($0)" } ?? ""
    return "\(unit.client)\(database)\(last)\(kind): " + commands(in: unit.encoded).joined(separator: ", ")
}

/// The commands of an encoded text, each with its arguments as they may be shown.
func commands(in encoded: [UInt8]) -> [String] {
    var rest = encoded[...]
    func number() -> Int {
        let end = rest.firstIndex(of: UInt8(ascii: "\r")) ?? rest.endIndex
        let digits = String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
        rest = rest.dropFirst(digits.utf8.count + 3)
        return Int(digits) ?? -1
    }
    var commands: [String] = []
    while !rest.isEmpty {
        var words: [String] = []
        for _ in 0..<number() {
            let count = number()
            words.append("\(RedisBytes(rest.prefix(count)))")
            rest = rest.dropFirst(count + 2)
        }
        commands.append(words.joined(separator: " "))
    }
    return commands
}

/// A line of MONITOR.
func line(_ client: String, _ words: String, database: Int = 0, second: Int = 1) -> String {
    let arguments = words.split(separator: " ").map { "\"\($0)\"" }.joined(separator: " ")
    return "\(second).000000 [\(database) \(client)] \(arguments)"
}
