/// What looks at messages on their way from a link to the router. Each filter owns its state and has a folder of its own.
///
/// A filter says by `ActiveFilters` when it begins and ceases to look at messages. A new one is held here, and asked in
/// `FilterPass.nextLetThrough`.
package final class MessageFilters {
    /// The names of the filters that may be active.
    struct Names: OptionSet {
        let rawValue: UInt8

        static let probe = Names(rawValue: 1)
        static let echoes = Names(rawValue: 2)
        static let gap = Names(rawValue: 4)
    }

    let probe: DeliveryProbe?
    /// On a link of a cluster.
    let echoes: EchoFilter?
    let gap: GapAccount
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
        let gap = GapAccount(router, losses, clusterDelegate, active)
        self.active = active
        self.losses = losses
        self.gap = gap
        probe = configuration.deliveryProbe.map { DeliveryProbe($0, losses, requests, active) }
        echoes = clusterDelegate.map { EchoFilter(context, $0, gap, requests, active) }
    }

    /// The filters that a run, which begins now, has to pass. `end` must follow.
    func begin(at now: Moment) -> FilterPass {
        if active.names.isEmpty { return FilterPass(at: now) }
        return FilterPass(
            at: now,
            probe: active.names.contains(.probe) ? probe : nil,
            echoes: active.names.contains(.echoes) ? echoes?.begin(at: now) : nil,
            gap: active.names.contains(.gap) ? gap : nil
        )
    }

    /// The run is over. It has brought so many messages, by the raw value of their kind.
    func end(_ pass: consuming FilterPass, counts: [3 of Int]) {
        if pass.asksEach { echoes?.end(pass.echoes) }
        guard pass.hasLetThrough else { return }
        gap.lastEvent = pass.now
        losses.count(counts)
    }
}

/// Which filters have to see messages. A filter changes its part when that changes, so that nothing is asked for a message.
final class ActiveFilters {
    private(set) var names: MessageFilters.Names = []

    func set(_ name: MessageFilters.Names, _ isActive: Bool) {
        if isActive { names.insert(name) } else { names.remove(name) }
    }
}

/// One run on its way through the filters: it goes on like the run itself, past what a filter keeps.
struct FilterPass {
    let now: Moment
    // Plain values, which cost nothing to look at for each message.
    private let isActive: Bool
    /// Whether a filter decides on each message.
    let asksEach: Bool
    private let probe: DeliveryProbe?
    fileprivate var echoes: EchoFilter.Pass
    private let gap: GapAccount?
    /// What has to be told in front of the message at which the run stands.
    private(set) var gaps: [RedisGap] = []
    /// Whether any message was let through.
    private(set) var hasLetThrough = false

    init(at now: Moment, probe: DeliveryProbe? = nil, echoes: EchoFilter.Pass? = nil, gap: GapAccount? = nil) {
        self.now = now
        self.probe = probe
        self.echoes = echoes ?? .inactive(at: now)
        asksEach = echoes != nil
        self.gap = gap
        isActive = probe != nil || echoes != nil || gap != nil
    }

    /// Goes on to the next message that is let through, whatever its names.
    @inline(__always)
    mutating func nextOfOtherNames(_ run: inout MessageRun) -> Bool {
        guard isActive ? nextLetThrough(&run) : run.nextOfOtherNames() else { return false }
        hasLetThrough = true
        return true
    }

    /// Goes on to the next message that is let through, if it has the names of the one before.
    @inline(__always)
    mutating func nextOfSameNames(_ run: inout MessageRun) -> Bool {
        while run.nextOfSameNames() {
            if !asksEach || echoes.admits(&run) { return true }
        }
        return false
    }

    /// Each filter is asked about the first message of its names that those before it have let through. What it decides holds for
    /// all that follow with the same names; the echoes are asked for each.
    @inline(never)
    private mutating func nextLetThrough(_ run: inout MessageRun) -> Bool {
        while run.nextOfOtherNames() {
            if probe?.takes(&run, at: now) == true { continue }
            if asksEach, !echoes.admitsAny(&run) { continue }
            if let gap { gaps = gap.willDeliver(run, at: now) }
            return true
        }
        return false
    }

    /// Tells what has to be told here.
    mutating func tellGaps() { gap?.tell(exchange(&gaps, with: [])) }
}
