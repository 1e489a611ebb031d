/// What is done to each connection of a ``FaultProxy``, step by step, from the moment at which it is accepted.
///
/// ```swift
/// let script = FaultScript(connections: [
///     [.fault(.cut(.reset))],                                   // the first: accepted and reset
///     [.pass(bytes: 100, .toClient), .fault(.stall(.both)), .wait(.seconds(1)), .fault(.resume)],
/// ])                                                            // the third and later: nothing
/// ```
public struct FaultScript: Hashable, Sendable {
    /// One step.
    public enum Step: Hashable, Sendable {
        /// Does something to the connection, then goes on.
        case fault(Fault)
        /// Goes on when exactly that many more bytes have gone out that way (both ways: each).
        case pass(bytes: Int, FaultDirections)
        /// Goes on after that time.
        case wait(Duration)
    }

    private let connections: [[Step]]
    private let others: [Step]

    /// The same steps for each connection.
    public init(_ steps: [Step]) {
        connections = []
        others = steps
    }

    /// Steps for the first connections, one list each in the order in which they are accepted.
    ///
    /// - Parameters:
    ///   - connections: The steps by the connections' indexes.
    ///   - others: The steps for every connection after these.
    public init(connections: [[Step]], others: [Step] = []) {
        self.connections = connections
        self.others = others
    }

    /// No faults.
    public static let none = FaultScript([])

    func steps(for index: Int) -> [Step] { index < connections.count ? connections[index] : others }
}
