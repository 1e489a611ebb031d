/// One client's connection and the one to the server that belongs to it. Lives on the engine's thread.
final class FaultConnection {
    enum Side: Int, CaseIterable {
        case client, server

        var opposite: Side { self == .client ? .server : .client }

        /// The way of what this side sends.
        var outgoing: FaultDirections { self == .client ? .toServer : .toClient }
    }

    /// One of the two sockets.
    struct End {
        var descriptor: SharedDescriptor
        var slot: Int
        var isOpen = true
    }

    enum Phase {
        /// The connection to the server is being made.
        case connecting
        case relaying
        /// Both sides were told the end (FIN); what they still send is thrown away until they close.
        case lingering
        case closed
    }

    let index: Int
    var phase = Phase.connecting
    /// The sockets by their sides; the server's is `nil` until the first steps of the script have let the connection
    /// live.
    private var ends: [End?]
    /// What each side sends.
    private var flows = [Flow(), Flow()]
    /// Addresses of the server that were not tried yet.
    var addresses: ArraySlice<SocketAddress>
    var steps: ArraySlice<FaultScript.Step>
    /// When the script's wait is over.
    var stepDue: ContinuousClock.Instant?
    /// A reset that waits until the bytes before it have arrived, but not for ever.
    var resetDeadline: ContinuousClock.Instant?
    /// When the connection has to be looked at although nothing has come.
    var wakeAt: ContinuousClock.Instant?

    init(index: Int, client: End, addresses: [SocketAddress], steps: [FaultScript.Step]) {
        self.index = index
        ends = [client, nil]
        self.addresses = addresses[...]
        self.steps = steps[...]
    }

    subscript(side: Side) -> End? {
        get { ends[side.rawValue] }
        set { ends[side.rawValue] = newValue }
    }

    /// The socket of a side, if it is open.
    func open(_ side: Side) -> End? { ends[side.rawValue].flatMap { $0.isOpen ? $0 : nil } }

    /// What a side sends.
    func flow(from side: Side) -> Flow { flows[side.rawValue] }

    /// Changes, in place, the flow of what a side sends.
    func withFlow<Result>(from side: Side, _ body: (inout Flow) -> Result) -> Result { body(&flows[side.rawValue]) }

    /// Changes the flows of these ways.
    func forEachFlow(_ directions: FaultDirections, _ body: (inout Flow) -> Void) {
        for side in Side.allCases where directions.contains(side.outgoing) { body(&flows[side.rawValue]) }
    }

    // MARK: The script

    /// Carries out the steps that are due. Returns a cut, if one is among them.
    func advanceScript(at now: ContinuousClock.Instant) -> Fault.Cut? {
        while let step = steps.first {
            switch step {
            case .fault(.cut(let cut)):
                steps.removeFirst()
                return cut
            case .fault(let fault):
                begin(fault, at: now)
            case .wait(let duration):
                let due = stepDue ?? now + duration
                stepDue = due
                if due > now { return nil }
                stepDue = nil
            case .pass(let count, let directions):
                var isDone = true
                forEachFlow(directions) { flow in
                    let limit = flow.scriptLimit ?? flow.position + count
                    flow.scriptLimit = limit
                    if flow.position < limit { isDone = false }
                }
                guard isDone else { return nil }
                forEachFlow(.both) { $0.scriptLimit = nil }
            }
            steps.removeFirst()
        }
        return nil
    }

    /// Begins a fault that is no immediate cut.
    func begin(_ fault: Fault, at now: ContinuousClock.Instant) {
        forEachFlow(fault.directions) { $0.begin(fault, at: now) }
    }
}

extension Fault {
    /// The ways that the fault is for.
    var directions: FaultDirections {
        switch self {
        case .cut, .halfOpen, .resume: .both
        case .cutAfter(_, let directions, _), .stall(let directions), .slow(_, let directions),
            .pieces(_, _, let directions), .split(_, _, let directions), .corrupt(_, let directions):
            directions
        }
    }
}
