import RedisEvents

// Which keys are used most, by MONITOR, which costs a busy server a part of its pace: so it ends after some seconds.
// usage: HotKeys [URL [SECONDS]]

let arguments = Array(CommandLine.arguments.dropFirst())
let url = arguments.first ?? "redis://localhost:6379"
let seconds = arguments.dropFirst().first.flatMap { Int($0) } ?? 5

/// Counts with bounded memory: when the table is full, the key with the smallest count makes room and leaves its count
/// to the next one. So a count is too high by at most the smallest one, and no hot key is missing (space saving).
struct HotKeys {
    private var counts: [RedisBytes: Int] = [:]
    private let limit = 1000

    mutating func count(_ key: RedisBytes) {
        if let count = counts[key] {
            counts[key] = count + 1
        } else if counts.count < limit {
            counts[key] = 1
        } else if let smallest = counts.min(by: { $0.value < $1.value }) {
            counts[smallest.key] = nil
            counts[key] = smallest.value + 1
        }
    }

    func top(_ count: Int) -> ArraySlice<(key: RedisBytes, value: Int)> {
        counts.sorted { $0.value > $1.value }.prefix(count)
    }
}

var keys = HotKeys()
var commands = 0
let monitor = try Monitor(url)
try await monitor.start()
print("watching for \(seconds) s")

let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
reading: while true {
    switch try await monitor.next(timeout: ContinuousClock.now.duration(to: deadline)) {
    case .event(.command(let command)):
        commands += 1
        // The first argument is the key of most commands; `rwatch stat` knows the others as well.
        if let key = command.arguments.dropFirst().first { keys.count(key.compacted()) }
    case .event(let event): print(event)  // a gap or a drop: the counts are too low by what it says
    case .handled: break
    case .nothing, .closed: break reading
    }
}
await monitor.close()

print("\(commands) commands")
for (key, count) in keys.top(10) { print(count, key) }
