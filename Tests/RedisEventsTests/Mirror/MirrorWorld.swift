import RedisCore
import RedisEvents
import RedisRESP

/// A cluster of four nodes that pass on what two publishers send, two links that fall behind, fail and return, and the
/// mirror machine above them. Times are milliseconds.
final class MirrorWorld {
    struct Weather: Sendable {
        /// How many payloads there are; 0 makes each another.
        var payloads = 0
        /// Steps between two losses of links; 0 for none.
        var lossEvery = 0
        /// Whether the other link may be lost before the first is back and at home.
        var losesBoth = false
        /// Links stand still now and then, for up to so long.
        var longestStall = 0
        /// A dying node may have told its subscribers what it has not passed on.
        var losesOrphans = false
        /// So many notes, and so many bytes of held messages (each is 1), may wait.
        var noteLimit = 1 << 18
        var heldLimit = 1 << 20
    }

    enum Entry: Equatable {
        case message(Int)
        case gap
    }

    private enum Item {
        case message(publisher: Int, number: Int)
        case confirmation
        case pong(MirrorMachine<(publisher: Int, number: Int)>.Ping)
    }

    private struct Link {
        var node: Int?
        var queue: [Item] = []
        var stalledUntil = 0
        var returnsAt: Int?
    }

    static let window = 1000
    private let weather: Weather
    private var random: SplitMix
    private var machine: MirrorMachine<(publisher: Int, number: Int)>
    private let name: Int
    private var now = 0
    private var links = MirrorPair(Link(), Link())
    /// What is on its way to each node, by publisher.
    private var buses = [[[(at: Int, number: Int)]]](repeating: [[], []], count: 4)
    private var nextLoss: Int
    private var isMissing = false
    private(set) var firstNumbers: [Int]?
    private(set) var published = [0, 0]
    private(set) var ledgers: [[Entry]] = [[], []]
    private(set) var orphans: Set<Int> = []
    private(set) var gapCount = 0

    init(seed: UInt64, _ weather: Weather) {
        random = SplitMix(state: seed)
        self.weather = weather
        nextLoss = weather.lossEvery + (weather.losesBoth ? 0 : 5 * Self.window)
        var settings = MirrorMachine<(publisher: Int, number: Int)>.Settings(window: .milliseconds(Self.window))
        settings.noteLimit = weather.noteLimit
        settings.heldLimit = weather.heldLimit
        machine = MirrorMachine(settings)
        name = machine.insert(RedisGap.Name(kind: .channel, name: "news"), seed: 1, at: Self.start)
        links.first.returnsAt = 0
        links.second.returnsAt = Int.random(in: 0...30, using: &random)
    }

    private static let start = ContinuousClock.now
    private var instant: ContinuousClock.Instant { Self.start + .milliseconds(now) }
    private func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// What a message looks like: who sent it and its number, unless payloads repeat themselves.
    func key(_ publisher: Int, _ number: Int) -> UInt64 {
        weather.payloads == 0 ? UInt64(number * 2 + publisher + 1) : UInt64(number % weather.payloads + 1)
    }

    func live(for time: Int) {
        let end = now + time
        while now < end {
            publish()
            step()
        }
    }

    /// Everything published comes, and all links are up.
    func comeToRest() {
        nextLoss = .max
        for _ in 0..<8 * Self.window { step() }
    }

    private func step() {
        now += 1
        if weather.lossEvery > 0 && now >= nextLoss { lose() }
        for side in MirrorSide.allCases { returns(side) }
        arrive()
        for side in [MirrorSide.first, .second].shuffled(using: &random) { read(side) }
        machine.advance(to: instant)
        act()
    }

    private func publish() {
        for publisher in 0..<2 where chance(25) {
            published[publisher] += 1
            for node in buses.indices {
                let after = buses[node][publisher].last?.at ?? 0
                let at = max(after, now + Int.random(in: 0...12, using: &random))
                buses[node][publisher].append((at, published[publisher]))
            }
        }
    }

    /// What reaches a node goes to the link that has subscribed there.
    private func arrive() {
        for node in buses.indices {
            for publisher in 0..<2 {
                while let next = buses[node][publisher].first, next.at <= now {
                    buses[node][publisher].removeFirst()
                    for side in MirrorSide.allCases where links[side].node == node {
                        links[side].queue.append(.message(publisher: publisher, number: next.number))
                    }
                }
            }
        }
    }

    // MARK: The links

    private func returns(_ side: MirrorSide) {
        guard let at = links[side].returnsAt, at <= now else { return }
        links[side].returnsAt = nil
        let nodes = buses.indices.filter { $0 != links[side.other].node }
        links[side].node = nodes.randomElement(using: &random)
        links[side].queue = [.confirmation]
        machine.opened(side, at: instant)
    }

    private func lose() {
        let side: MirrorSide = chance(50) ? .first : .second
        nextLoss = now + weather.lossEvery / 2 + Int.random(in: 0...weather.lossEvery, using: &random)
        // Only when the other link is one that can be relied on.
        if !weather.losesBoth { nextLoss += 5 * Self.window }
        guard let node = links[side].node else { return }
        if weather.losesOrphans && chance(50) {
            let publisher = chance(50) ? 0 : 1
            published[publisher] += 1
            orphans.insert(published[publisher] * 2 + publisher)
            read(side, all: true)
            links[side].queue = buses[node][publisher].map { .message(publisher: publisher, number: $0.number) }
            links[side].queue += [.message(publisher: publisher, number: published[publisher])]
            read(side, all: true)
        }
        links[side] = Link()
        links[side].returnsAt = now + Int.random(in: 5...400, using: &random)
        let loss = machine.lost(side, at: instant)
        if !loss.uncovered.isEmpty { isMissing = true }
        if !loss.unproven.isEmpty { gap() }
        for message in loss.held { deliver(message) }
    }

    private func read(_ side: MirrorSide, all: Bool = false) {
        if weather.longestStall > 0 && Int.random(in: 0..<3000, using: &random) == 0 {
            links[side].stalledUntil = now + Int.random(in: 1...weather.longestStall, using: &random)
        }
        guard all || (links[side].stalledUntil <= now && chance(40)) else { return }
        let count = all ? links[side].queue.count : Int.random(in: 0...links[side].queue.count, using: &random)
        let items = links[side].queue.prefix(count)
        links[side].queue.removeFirst(count)
        for item in items {
            switch item {
            case .confirmation:
                if firstNumbers == nil { firstNumbers = published.map { $0 + 1 } }
                if machine.confirmed(side, name, at: instant), exchange(&isMissing, with: false) { gap() }
            case .pong(let ping): machine.answered(ping, at: instant)
            case .message(let publisher, let number): received(side, publisher, number)
            }
            act()
        }
    }

    private func received(_ side: MirrorSide, _ publisher: Int, _ number: Int) {
        let key = key(publisher, number)
        switch machine.received(side, name, key, at: instant) {
        case .deliver: deliver((publisher, number))
        case .discard: break
        case .discardWithGap: gap()
        case .hold: machine.hold((publisher, number), bytes: 1, side, name, key, at: instant)
        }
    }

    private func act() {
        for action in machine.takeActions() {
            switch action {
            case .deliver(let messages): for message in messages { deliver(message) }
            case .gap: gap()
            case .restored: if exchange(&isMissing, with: false) { gap() }
            case .ping(let side, let ping):
                if links[side].node != nil { links[side].queue.append(.pong(ping)) }
            }
        }
    }

    private func deliver(_ message: (publisher: Int, number: Int)) {
        ledgers[message.publisher].append(.message(message.number))
    }

    private func gap() {
        gapCount += 1
        for publisher in ledgers.indices { ledgers[publisher].append(.gap) }
    }
}
