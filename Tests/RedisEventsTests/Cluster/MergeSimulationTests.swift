import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

/// Random servers, clocks, networks and reads against the merging of their lines.
@Suite("Merging, simulated", .tags(.unit, .once), .timeLimit(.minutes(1)))
struct MergeSimulationTests {
    @Test(arguments: [Clocks.agree, .differ, .step])
    func `keeps every server's order, loses nothing and holds nothing longer than the window`(clocks: Clocks) {
        for seed in 0..<UInt64(isSoak ? 500 : 150) {
            var simulation = MergeSimulation(seed: seed, clocks)
            simulation.run()
            guard let complaint = simulation.complaints.first else { continue }
            Issue.record("seed \(seed), clocks \(clocks): \(complaint)")
            return
        }
    }
}

enum Clocks: Sendable {
    /// All are right, and no line takes as long as the window.
    case agree
    /// Each is wrong by up to half a second.
    case differ
    /// They step forth and back.
    case step
}

private struct MergeSimulation {
    /// What a server wrote: a line, or `nil` for news of the link.
    struct Sent: Equatable {
        var input: Int
        var number: Int
    }

    struct Server {
        var offset = 0
        var isUp = true
        var written = 0
        /// Written and on the way: the arrival, and the clock's time, or none for news of the link.
        var wire: [(arrival: Int, number: Int, time: Int?)] = []
    }

    var random: SplitMix
    let clocks: Clocks
    let window: Int
    let origin = ContinuousClock.now
    var machine: MergeMachine<Monitor.Event>
    let limit: RedisBufferLimit
    var servers: [Server]
    var arrivals: [[Int: Int]]
    var due: Int?
    var out: [(sent: Sent, time: Int?)] = []
    var complaints: [String] = []

    init(seed: UInt64, _ clocks: Clocks) {
        random = SplitMix(state: seed)
        self.clocks = clocks
        window = [0, 1, 20, 100].randomElement(using: &random) ?? 0
        // Where the order has to be right there has to be room for it.
        let isTight = clocks != .agree && Bool.random(using: &random)
        limit = isTight ? RedisBufferLimit(events: .random(in: 1...8, using: &random), bytes: 300) : RedisBufferLimit()
        machine = MergeMachine(window: .milliseconds(window), limit: limit)
        let count = Int.random(in: 1...5, using: &random)
        servers = Array(repeating: Server(), count: count)
        arrivals = Array(repeating: [:], count: count)
        for input in 0..<count {
            if clocks == .differ { servers[input].offset = .random(in: -500...500, using: &random) }
            machine.linkChanged(of: input, isUp: true)
        }
    }

    private func instant(_ millisecond: Int) -> ContinuousClock.Instant {
        origin.advanced(by: .milliseconds(millisecond))
    }

    mutating func run() {
        let end = 300
        for now in 0..<end {
            if let due, due <= now { release(at: due) }
            for input in servers.indices { live(input, now) }
            for input in servers.indices { read(input, now) }
        }
        for input in servers.indices { machine.linkChanged(of: input, isUp: Bool.random(using: &random)) }
        while let due { release(at: due) }
        if machine.heldEvents != 0 || machine.heldBytes != 0 {
            complaints.append("\(machine.heldEvents) are held at the end")
        }
        check(end)
    }

    private mutating func live(_ input: Int, _ now: Int) {
        if clocks == .step, Int.random(in: 0..<40, using: &random) == 0 {
            servers[input].offset = .random(in: -50...50, using: &random)
        }
        let isBusy = Int.random(in: 0..<10, using: &random) < input * 2
        if servers[input].isUp, isBusy {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let longest = clocks == .agree ? max(0, window - 1) : 30
                let delay = Int.random(in: 0...longest, using: &random)
                let arrival = max(now + delay, servers[input].wire.last?.arrival ?? 0)
                servers[input].wire.append((arrival, servers[input].written, now + servers[input].offset))
                servers[input].written += 1
            }
        }
        if Int.random(in: 0..<60, using: &random) == 0 {
            let isUp = !servers[input].isUp
            servers[input].isUp = isUp
            if !isUp {
                // What was on the way is lost with the link; the news come behind what was read.
                servers[input].written = servers[input].wire.first?.number ?? servers[input].written
                servers[input].wire = []
            }
            machine.linkChanged(of: input, isUp: isUp)
            servers[input].wire.append((now, servers[input].written, nil))
            servers[input].written += 1
        }
    }

    private mutating func read(_ input: Int, _ now: Int) {
        let count = servers[input].wire.prefix { $0.arrival <= now }.count
        guard count > 0 else { return }
        var segment = Segment<Monitor.Event>()
        for (_, number, time) in servers[input].wire.prefix(count) {
            arrivals[input][number] = now
            if let time {
                let text = RedisBytes("\(input) \(number) \(time)")
                segment.append(text.rawSpan, at: RedisTimestamp(microseconds: Int64(time)), node: .none)
            } else {
                let cause = RedisDisconnect(.endOfStream, "\(input) \(number)")
                segment.append(.link(.lost(cause, at: RedisTimestamp(microseconds: 0))))
            }
        }
        servers[input].wire.removeFirst(count)
        machine.add(&segment, from: input, at: instant(now))
        release(at: now)
    }

    private mutating func release(at now: Int) {
        var output = Segment<Monitor.Event>()
        let next = machine.release(at: instant(now), into: &output)
        due = next.map { Int(origin.duration(to: $0) / .milliseconds(1)) }
        if let due, due <= now { complaints.append("due at \(due) and not gone at \(now)") }
        if machine.heldEvents > limit.events || machine.heldBytes > limit.bytes {
            complaints.append("\(machine.heldEvents) events of \(machine.heldBytes) bytes are held")
        }
        let mailbox = Mailbox<Monitor.Event>(limit: RedisBufferLimit())
        mailbox.commit(&output)
        while case .item(let item) = mailbox.poll() {
            let text: String
            switch item {
            case .record(let record, let slab):
                text = RedisBytes(storage: slab, start: record.start, count: record.byteCount).description
            case .control(.link(.lost(let cause, at: _))): text = cause.observation
            case .control: text = ""
            }
            let parts = text.split(separator: " ").compactMap { Int($0) }
            let sent = Sent(input: parts[0], number: parts[1])
            out.append((sent, parts.count > 2 ? parts[2] : nil))
            let held = now - (arrivals[sent.input][sent.number] ?? .min)
            if held > window { complaints.append("\(sent) was held for \(held) ms of \(window)") }
        }
    }

    private mutating func check(_ end: Int) {
        for (input, server) in servers.enumerated() {
            let got = out.filter { $0.sent.input == input }.map(\.sent.number)
            let expected = Array(0..<(server.wire.first?.number ?? server.written))
            if got != expected { complaints.append("input \(input) gave \(got), not \(expected)") }
        }
        guard clocks == .agree, window > 0 else { return }
        let times = out.compactMap(\.time)
        if times != times.sorted() { complaints.append("not in the order of time: \(times)") }
    }
}
