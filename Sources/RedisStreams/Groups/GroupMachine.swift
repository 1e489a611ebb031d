package import RedisCommands

/// Decides what a consumer of a group asks its streams for next, knows which entries it has, and until when. A plain
/// value.
///
/// Never more is asked for than there is room for: as many entries as may be unended at a time, less those that are.
/// One request is open at a time; `nextStep` is asked after each, and `wait` means that something has to happen first.
package struct GroupMachine: Sendable {
    /// What has to be done next.
    package enum Step: Sendable, Hashable {
        /// Make the group of this stream.
        case create(stream: Int)
        /// Look for entries that the server counts as this consumer's, from this id on.
        case recover(stream: Int, from: RedisStreamID)
        /// Claim entries that others have had for too long, from this id on.
        case sweep(stream: Int, from: RedisStreamID, count: Int)
        /// Read entries that nobody has got yet, so many of each stream. Without a time, only those that are there.
        case read(streams: [Int], count: Int, blocking: Duration?)
        /// Nothing, until an entry is ended, or the limit has changed.
        case wait
    }

    /// The place of an entry.
    package struct Place: Sendable, Hashable {
        package let stream: Int
        package let id: RedisStreamID

        package init(stream: Int, id: RedisStreamID) {
            self.stream = stream
            self.id = id
        }
    }

    /// An entry that this consumer has.
    package struct Hand: Sendable {
        /// Distinguishes it from all others, also from the same entry at another time.
        package let number: UInt64
        /// When the request was sent by which it was claimed last. The server has counted from then on, or later.
        package var renewedAt: ContinuousClock.Instant
        /// Whether somebody else may have it.
        package var isLost = false
        /// Whether its handler has ended, and the server is being told.
        package var isEnded = false
        /// Whether it is being given back.
        package var isReturning = false
        /// Whether the entry was removed from the stream, so that nobody else can get it.
        package var isRemoved = false
    }

    private struct Stream: Sendable {
        var needsGroup = true
        /// From where on entries may belong to this consumer that it does not know of.
        var recovery: RedisStreamID?
        /// How far the sweep has come.
        var cursor = RedisStreamID.zero
        /// When it goes on.
        var sweepTime: ContinuousClock.Instant
        /// When the sweep that goes on has begun. It may miss what became claimable later.
        var sweepBegan: ContinuousClock.Instant
        /// When entries that were given back become claimable, the earliest first.
        var claimable: [ContinuousClock.Instant] = []

        /// When it is swept next.
        var dueTime: ContinuousClock.Instant { claimable.first.map { min($0, sweepTime) } ?? sweepTime }
    }

    private var streams: [Stream]
    private let visibility: Duration
    private let hasPriorities: Bool
    private var hands: [Place: Hand] = [:]
    private var lastNumber: UInt64 = 0
    /// How many entries are not ended.
    private var openCount = 0
    /// How many may be.
    package private(set) var limit: Int
    /// Whether a read finds by itself what others have had for too long.
    package private(set) var readsClaim = true
    /// The streams that are still to be looked at one by one.
    private var pass: [Int] = []
    private var hasFoundInPass = false
    private var firstOfPass = 0
    private var emptyReads = 0
    /// When the read ends that waits for all streams, if nothing comes.
    private var blockingEnd: ContinuousClock.Instant?
    /// Whether such a read has found all streams empty to its end, so that they need not be looked at one by one.
    private var areEmpty = false

    /// For how long a read waits, and for how long when nothing has come for a while.
    package static let blocking = (usual: Duration.seconds(5), quiet: Duration.seconds(10))
    /// After how many empty reads it is quiet.
    package static let quietReads = 1
    /// How often entries are looked for that a read does not claim, because they were removed from the stream while
    /// they were pending.
    package static let rareSweep = Duration.seconds(600)
    /// The most entries of one request.
    package static let largestRequest = 1000
    /// The most entries that were ended and of which the server has not heard.
    package static let mostUntold = 10_000
    /// The most times that a stream remembers for what was given back.
    static let mostTimes = 256

    /// - Parameters:
    ///   - streamCount: How many streams there are.
    ///   - hasPriorities: Whether each is to be empty before the next is read.
    ///   - visibility: For how long an entry is a consumer's without another sign of life.
    ///   - limit: How many entries may be unended.
    ///   - recovers: Whether a consumer of this name may have existed before.
    ///   - now: The time.
    package init(
        streamCount: Int,
        hasPriorities: Bool,
        visibility: Duration,
        limit: Int,
        recovers: Bool,
        at now: ContinuousClock.Instant
    ) {
        var stream = Stream(sweepTime: now, sweepBegan: now)
        if recovers { stream.recovery = .zero }
        streams = Array(repeating: stream, count: streamCount)
        self.hasPriorities = hasPriorities
        self.visibility = visibility
        self.limit = limit
    }

    /// How many more entries it may have. None while the server has not heard of very many that were ended.
    package var room: Int { hands.count - openCount >= Self.mostUntold ? 0 : max(limit - openCount, 0) }

    /// How many entries are not ended.
    package var unendedCount: Int { openCount }

    /// Whether the server has to be told of no entry any more.
    package var isEmpty: Bool { hands.isEmpty }

    package mutating func setLimit(_ limit: Int) { self.limit = max(limit, 0) }

    /// Notes whether a read claims. If it does not, as has turned out, streams are swept often from now on.
    package mutating func setReadsClaim(_ claims: Bool, at now: ContinuousClock.Instant) {
        guard claims != readsClaim else { return }
        readsClaim = claims
        if claims { return }
        for index in streams.indices {
            streams[index].sweepTime = min(streams[index].sweepTime, now.advanced(by: visibility / 2))
        }
    }

    // MARK: What is next

    package mutating func nextStep(at now: ContinuousClock.Instant) -> Step {
        if let stream = streams.firstIndex(where: \.needsGroup) { return .create(stream: stream) }
        let room = min(room, Self.largestRequest)
        guard room > 0 else {
            pass = []
            return .wait
        }
        for (index, stream) in streams.enumerated() {
            if let from = stream.recovery { return .recover(stream: index, from: from) }
        }
        let due = streams.indices.filter { streams[$0].dueTime <= now }
        if let stream = due.min(by: { streams[$0].dueTime < streams[$1].dueTime }) {
            if streams[stream].cursor == .zero { streams[stream].sweepBegan = now }
            return .sweep(stream: stream, from: streams[stream].cursor, count: room)
        }
        return read(room, at: now)
    }

    private mutating func read(_ room: Int, at now: ContinuousClock.Instant) -> Step {
        let all = Array(streams.indices)
        if all.count == 1 { return .read(streams: all, count: room, blocking: blocking(at: now)) }
        if !hasPriorities, room >= all.count {
            // The server gives so many of each stream.
            return .read(streams: all, count: room / all.count, blocking: blocking(at: now))
        }
        if areEmpty { return readOfAll(at: now) }
        if pass.isEmpty {
            let first = hasPriorities ? 0 : firstOfPass
            pass = Array(all[first...] + all[..<first])
            hasFoundInPass = false
            firstOfPass = (firstOfPass + 1) % all.count
        }
        return .read(streams: [pass[0]], count: room, blocking: nil)
    }

    /// A read of all streams that waits, and that ends with the first entries.
    private mutating func readOfAll(at now: ContinuousClock.Instant) -> Step {
        let time = blocking(at: now)
        // The server may count a little less.
        blockingEnd = now.advanced(by: time - .milliseconds(20))
        return .read(streams: Array(streams.indices), count: 1, blocking: time)
    }

    private func blocking(at now: ContinuousClock.Instant) -> Duration {
        let isQuiet = emptyReads >= Self.quietReads
        let longest = isQuiet ? Self.blocking.quiet : Self.blocking.usual
        if readsClaim { return longest }
        let rest = streams.map { now.duration(to: $0.dueTime) }.min() ?? longest
        // One read that is a little longer costs less than two.
        if isQuiet, rest <= longest * 3 / 2 { return max(rest, .milliseconds(1)) }
        return max(min(longest, rest), .milliseconds(1))
    }

    /// Notes that a read has ended, and how many entries it has brought. Returns what has to follow at once: after all
    /// streams were looked at in vain, a read of all of them that waits.
    package mutating func readEnded(_ count: Int, isBlocking: Bool, at now: ContinuousClock.Instant) -> Step? {
        if isBlocking {
            emptyReads = count > 0 ? 0 : emptyReads + 1
            // One that was ended early may not have looked.
            areEmpty = count == 0 && blockingEnd.map { $0 <= now } ?? false
            blockingEnd = nil
            return nil
        }
        guard !pass.isEmpty else { return nil }
        pass.removeFirst()
        if count > 0 {
            emptyReads = 0
            hasFoundInPass = true
        }
        guard pass.isEmpty, !hasFoundInPass, room > 0 else { return nil }
        return readOfAll(at: now)
    }

    // MARK: What the server has said

    package mutating func created(_ stream: Int) { streams[stream].needsGroup = false }

    /// The server has no group any more. What the consumer had is nobody's.
    package mutating func lacksGroup() {
        for index in streams.indices {
            streams[index].needsGroup = true
            streams[index].cursor = .zero
            streams[index].claimable = []
        }
        pass = []
    }

    /// A request has failed that may have brought entries.
    package mutating func mayHaveMore() {
        for index in streams.indices { streams[index].recovery = .zero }
        pass = []
    }

    /// The entries of the server's list for this consumer were looked at, up to the end or to this id.
    package mutating func recovered(_ stream: Int, goingOnFrom next: RedisStreamID?) {
        streams[stream].recovery = next
    }

    /// Entries that others had for too long were claimed. The sweep goes on at this id, or is at its end.
    package mutating func swept(_ stream: Int, next: RedisStreamID, at now: ContinuousClock.Instant, random: Double) {
        streams[stream].cursor = next
        // Consumers that were started together need not sweep together.
        let pause = (readsClaim ? Self.rareSweep : visibility / 2) * (0.9 + 0.1 * random)
        streams[stream].sweepTime = next == .zero ? now.advanced(by: pause) : now
        // Of what became claimable since it has begun, it has found a part at most.
        let began = streams[stream].sweepBegan
        if next == .zero { streams[stream].claimable.removeAll { $0 <= began } }
    }

    /// An entry that was given back can be claimed from this time on.
    package mutating func gaveBack(_ stream: Int, claimableAt time: ContinuousClock.Instant) {
        if readsClaim { return }
        var times = streams[stream].claimable
        times.insert(time, at: times.lastIndex { $0 <= time }.map { $0 + 1 } ?? 0)
        if times.count > Self.mostTimes {
            // Each second one of them, and the last: an entry then waits for the one after its own.
            times = times.indices.filter { $0 % 2 == 1 || $0 == times.count - 1 }.map { times[$0] }
        }
        streams[stream].claimable = times
    }

    // MARK: What the consumer has

    /// Whether this consumer knows that it has an entry.
    package func has(_ place: Place) -> Bool { hands[place] != nil }

    /// Notes that the server has given an entry to this consumer, by a request that was sent at that time.
    ///
    /// - Returns: The number of its hand; `nil` if the consumer has it already, and has it for longer now. An entry
    ///   that is being given back is another one from now on: the server had it back when it gave it out, though its
    ///   reply to that has not come yet.
    package mutating func took(_ place: Place, sentAt: ContinuousClock.Instant) -> UInt64? {
        if let hand = hands[place], !hand.isReturning {
            hands[place]?.renewedAt = sentAt
            hands[place]?.isLost = false
            return nil
        }
        lastNumber += 1
        openCount += 1
        hands[place] = Hand(number: lastNumber, renewedAt: sentAt)
        return lastNumber
    }

    /// The hand of an entry, if it is the one of this number.
    package func hand(_ place: Place, _ number: UInt64) -> Hand? {
        guard let hand = hands[place], hand.number == number else { return nil }
        return hand
    }

    /// Notes that the handler of an entry has ended, so that there is room for another.
    package mutating func ended(_ place: Place, _ number: UInt64) {
        guard let hand = hand(place, number), !hand.isEnded else { return }
        hands[place]?.isEnded = true
        openCount -= 1
    }

    /// Notes that the server could not be told, and that the entry is in hand again.
    package mutating func notEnded(_ place: Place, _ number: UInt64) {
        guard let hand = hand(place, number), hand.isEnded else { return }
        hands[place]?.isEnded = false
        hands[place]?.isReturning = false
        openCount += 1
    }

    /// Notes that an entry is being given back.
    package mutating func returning(_ place: Place, _ number: UInt64) {
        ended(place, number)
        if hand(place, number) != nil { hands[place]?.isReturning = true }
    }

    /// Notes that the server knows what became of an entry.
    package mutating func settled(_ place: Place, _ number: UInt64) {
        ended(place, number)
        if hand(place, number) != nil { hands[place] = nil }
    }

    /// The entries whose time has to be extended now, and those whose time will be over before anything can be done.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - tick: After what time this is asked again.
    /// - Returns: The places and numbers of both.
    package func due(at now: ContinuousClock.Instant, tick: Duration) -> (
        extended: [(Place, UInt64)], lapsed: [(Place, UInt64)]
    ) {
        var extended: [(Place, UInt64)] = []
        var lapsed: [(Place, UInt64)] = []
        for (place, hand) in hands where !hand.isLost && !hand.isRemoved {
            let age = hand.renewedAt.duration(to: now)
            if age + tick >= visibility {
                lapsed.append((place, hand.number))
            } else if age >= visibility / 4 {
                extended.append((place, hand.number))
            }
        }
        return (extended, lapsed)
    }

    /// Notes that the server has begun the time of an entry anew, by a request that was sent at that time.
    package mutating func renewed(_ place: Place, _ number: UInt64, sentAt: ContinuousClock.Instant) {
        if hand(place, number) != nil { hands[place]?.renewedAt = sentAt }
    }

    /// Notes that an entry was removed from the stream.
    package mutating func removed(_ place: Place, _ number: UInt64) {
        if hand(place, number) != nil { hands[place]?.isRemoved = true }
    }

    /// Notes that somebody else may have an entry. Returns whether that is new, and its handler has not ended.
    package mutating func lost(_ place: Place, _ number: UInt64) -> Bool {
        guard let hand = hand(place, number), !hand.isLost else { return false }
        hands[place]?.isLost = true
        return !hand.isEnded
    }

    /// All that the consumer has.
    package var all: [(Place, Hand)] { hands.map { ($0.key, $0.value) } }
}
