/// One direction of one connection: the bytes that have come in and have not gone out yet, and the faults that change
/// them. Pure: bytes and times go in, and when to write which bytes comes out.
struct Flow {
    /// What is to be done with the bytes that wait.
    enum Step: Equatable {
        /// Nothing, for now.
        case idle
        /// Nothing before that time.
        case wait(until: ContinuousClock.Instant)
        /// Write `bytes` of that range, in one call.
        case write(Range<Int>)
        /// All is written, and nothing more will come.
        case finish
        case cut(Fault.Cut)
    }

    /// More than that is never held: the sender has to wait.
    static let capacity = 64 << 10

    private(set) var bytes: [UInt8] = []
    private var head = 0
    /// The position in the stream of the next byte that goes out: how many have gone out.
    private(set) var position = 0
    private var hasEnded = false

    private var isStalled = false
    private(set) var isHalfOpen = false
    private var rate: RateLimit?
    private var pieces: (size: Int, pause: Duration)?
    private var boundaries: (positions: [Int], pause: Duration)?
    private var corruptor: Corruptor?
    private var end: (position: Int, cut: Fault.Cut)?
    /// A script waits for this position.
    var scriptLimit: Int?
    private var notBefore: ContinuousClock.Instant?
    /// The end of the stream has been passed on.
    var isFinished = false
    /// The last step was to write, and is not done: the sink has no room.
    private(set) var isBlocked = false

    var waitingCount: Int { bytes.count - head }

    /// How many bytes may be read from the source now.
    var room: Int {
        if hasEnded || (isStalled && !isHalfOpen) { return 0 }
        return isHalfOpen ? Self.capacity : Self.capacity - waitingCount
    }

    /// Takes the first `count` bytes of a read.
    mutating func take(_ source: [UInt8], _ count: Int) {
        guard !isHalfOpen else { return }
        if head > 0 {
            bytes.removeFirst(head)
            head = 0
        }
        let start = bytes.count
        bytes += source[..<count]
        corruptor?.apply(to: &bytes, start..<bytes.count, position: position + start)
    }

    /// The source has nothing more to say.
    mutating func sourceEnded() { hasEnded = true }

    mutating func next(at now: ContinuousClock.Instant) -> Step {
        let step = nextStep(at: now)
        if case .write = step { isBlocked = true } else { isBlocked = false }
        return step
    }

    private mutating func nextStep(at now: ContinuousClock.Instant) -> Step {
        if let end, position >= end.position { return .cut(end.cut) }
        if isStalled || isHalfOpen { return .idle }
        guard waitingCount > 0 else { return hasEnded && !isFinished ? .finish : .idle }
        if let notBefore, notBefore > now { return .wait(until: notBefore) }
        var limit = waitingCount
        if let end { limit = min(limit, end.position - position) }
        if let scriptLimit { limit = min(limit, scriptLimit - position) }
        if let pieces { limit = min(limit, pieces.size) }
        if let boundary = boundaries?.positions.first(where: { $0 > position }) {
            limit = min(limit, boundary - position)
        }
        guard limit > 0 else { return .idle }
        if let allowed = rate?.allowed(at: now) {
            if allowed == 0, let next = rate?.nextByte(after: now) { return .wait(until: next) }
            limit = min(limit, allowed)
        }
        return .write(head..<(head + limit))
    }

    /// The last step's bytes, or some of them, are written.
    mutating func wrote(_ count: Int, at now: ContinuousClock.Instant) {
        head += count
        position += count
        rate?.spend(count)
        if head == bytes.count {
            // Memory that one burst needed is not kept by a connection that then is idle.
            bytes.removeAll(keepingCapacity: bytes.count <= 4096)
            head = 0
        }
        if let pieces { notBefore = now + pieces.pause }
        if let boundaries, boundaries.positions.contains(position) { notBefore = now + boundaries.pause }
    }

    // MARK: Faults

    mutating func begin(_ fault: Fault, at now: ContinuousClock.Instant) {
        switch fault {
        case .cut: break
        case .cutAfter(let count, _, let cut): end = (position + max(count, 0), cut)
        case .stall: isStalled = true
        case .halfOpen:
            bytes = []
            head = 0
            isHalfOpen = true
        case .slow(let bytesPerSecond, _): rate = RateLimit(bytesPerSecond: bytesPerSecond, at: now)
        case .pieces(let size, let pause, _): pieces = (max(size, 1), pause)
        case .split(let offsets, let pause, _): boundaries = (offsets.sorted().map { position + $0 }, pause)
        case .corrupt(let corruption, _):
            var corruptor = Corruptor(corruption, origin: position)
            corruptor.apply(to: &bytes, head..<bytes.count, position: position)
            self.corruptor = corruptor
        case .resume:
            isStalled = false
            rate = nil
            pieces = nil
            boundaries = nil
            corruptor = nil
            end = nil
            notBefore = nil
        }
    }
}

/// Bytes a second, spread evenly. Pure: the times are given.
struct RateLimit {
    private let bytesPerSecond: Int
    private var allowance: Double
    private var last: ContinuousClock.Instant

    init(bytesPerSecond: Int, at now: ContinuousClock.Instant) {
        self.bytesPerSecond = max(bytesPerSecond, 1)
        allowance = 0
        last = now
    }

    /// A hundredth of a second's worth: what may go at once after a pause.
    private var burst: Double { Double(max(bytesPerSecond / 100, 1)) }

    /// How many bytes may go now.
    mutating func allowed(at now: ContinuousClock.Instant) -> Int {
        let elapsed = last.duration(to: now) / .seconds(1)
        if elapsed > 0 {
            allowance = min(burst, allowance + elapsed * Double(bytesPerSecond))
            last = now
        }
        return Int(allowance)
    }

    mutating func spend(_ count: Int) { allowance -= Double(count) }

    func nextByte(after now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        now + .seconds(1) * ((1 - allowance) / Double(bytesPerSecond))
    }
}
