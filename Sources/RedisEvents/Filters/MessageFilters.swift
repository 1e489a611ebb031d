/// The filters that messages pass on their way from a link to the router. Each filter owns its state and has a folder
/// of its own.
///
/// A filter says by `ActiveFilters` when it begins and ceases to look at messages. A new filter becomes a property
/// here, and is called in `FilterPass.nextLetThrough`.
package final class MessageFilters {
    /// The names of the filters that may be active.
    struct Names: OptionSet {
        let rawValue: UInt8

        static let probe = Names(rawValue: 1)
        static let echoes = Names(rawValue: 2)
        static let gap = Names(rawValue: 4)
    }

    let probe: DeliveryProbe?
    /// The echo filter; `nil` unless the link belongs to a cluster.
    let echoes: EchoFilter?
    let gap: GapFilter
    package let losses: LossCounters
    private let active: ActiveFilters

    init(
        _ configuration: RedisConfiguration,
        _ context: PubSubContext,
        _ router: MessageRouter,
        _ requests: DriverRequests,
        _ clusterDelegate: ClusterLinkDelegate?
    ) {
        let active = ActiveFilters()
        let losses = LossCounters(configuration)
        let gap = GapFilter(router, losses, clusterDelegate, active)
        self.active = active
        self.losses = losses
        self.gap = gap
        probe = configuration.deliveryProbe.map { DeliveryProbe($0, losses, requests, active, context.watch) }
        echoes = clusterDelegate.map { EchoFilter(context, $0, gap, requests, active) }
    }

    /// Begins a pass through the active filters for a run. `end` must follow.
    func begin(at now: Moment) -> FilterPass {
        if active.names.isEmpty { return FilterPass(at: now) }
        return FilterPass(
            at: now,
            probe: active.names.contains(.probe) ? probe : nil,
            echoes: active.names.contains(.echoes) ? echoes?.begin(at: now) : nil,
            gap: active.names.contains(.gap) ? gap : nil
        )
    }

    /// Ends the pass. `counts` is the number of messages in the run, by the raw value of their kind.
    func end(_ pass: consuming FilterPass, counts: [3 of Int]) {
        if pass.asksEach { echoes?.end(pass.echoes) }
        guard pass.hasLetThrough else { return }
        gap.lastEvent = pass.now
        losses.count(counts)
    }
}

/// Which filters have to see messages. A filter changes its own bit, so that no filter has to be asked for each
/// message.
final class ActiveFilters {
    private(set) var names: MessageFilters.Names = []

    func set(_ name: MessageFilters.Names, _ isActive: Bool) {
        if isActive { names.insert(name) } else { names.remove(name) }
    }
}

/// One run on its way through the filters. It moves on like the run itself, but skips messages that a filter withholds.
struct FilterPass {
    let now: Moment
    // These are plain values, so that reading them for each message costs nothing.
    private let isActive: Bool
    /// Whether a filter decides about each single message.
    let asksEach: Bool
    private let probe: DeliveryProbe?
    fileprivate var echoes: EchoFilter.Pass
    private let gap: GapFilter?
    /// The gaps to report before the current message.
    private(set) var gaps: [RedisGap] = []
    /// Whether any message was let through.
    private(set) var hasLetThrough = false
    /// Where the frames begin that were withheld since the last message that was let through, if there are any.
    private var withheldStart: Int?

    init(at now: Moment, probe: DeliveryProbe? = nil, echoes: EchoFilter.Pass? = nil, gap: GapFilter? = nil) {
        self.now = now
        self.probe = probe
        self.echoes = echoes ?? .inactive(at: now)
        asksEach = echoes != nil
        self.gap = gap
        isActive = probe != nil || echoes != nil || gap != nil
    }

    /// Moves on to the next message that is let through, whatever its names.
    @inline(__always)
    mutating func nextOfAnyNames(_ run: inout MessageRun) -> Bool {
        guard isActive ? nextLetThrough(&run) : run.nextOfAnyNames() else { return false }
        hasLetThrough = true
        return true
    }

    /// Moves on to the next message that is let through, if it has the names of the message before.
    @inline(__always)
    mutating func nextOfSameNames(_ run: inout MessageRun) -> Bool {
        while run.nextOfSameNames() {
            if !asksEach || echoes.admit(&run) { return true }
            noteWithheld(from: run.frameStart)
        }
        return false
    }

    /// Where the frames begin that were withheld before the current message, if there are any. Returned once.
    @inline(__always)
    mutating func takeWithheldStart() -> Int? { withheldStart.take() }

    private mutating func noteWithheld(from start: Int) {
        if withheldStart == nil { withheldStart = start }
    }

    /// Asks each filter about the first message of its names that the filters before have let through. The decision
    /// holds for all following messages with the same names, except that the echo filter is asked about each message.
    @inline(never)
    private mutating func nextLetThrough(_ run: inout MessageRun) -> Bool {
        while run.nextOfAnyNames() {
            let start = run.frameStart
            let isTaken = probe?.takes(&run, at: now) == true || asksEach && !echoes.admitAny(&run)
            if isTaken || run.frameStart > start { noteWithheld(from: start) }
            if isTaken { continue }
            if let gap { gaps = gap.willDeliver(run, at: now) }
            return true
        }
        return false
    }

    /// Reports the gaps at this place.
    mutating func tellGaps() { gap?.tell(exchange(&gaps, with: [])) }
}
