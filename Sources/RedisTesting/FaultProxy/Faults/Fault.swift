/// What a ``FaultProxy`` can do to a connection.
///
/// Numbers of bytes count from the moment at which the fault begins, each way for itself: byte 0 is the next that goes
/// out. A fault for both ways counts in each of them.
public enum Fault: Hashable, Sendable {
    /// How a connection is cut.
    public enum Cut: String, Hashable, Sendable {
        /// In order, as by a process that closes its socket (TCP: FIN).
        case finish
        /// At once, as by a process that is gone or a firewall that has forgotten (TCP: RST).
        case reset
    }

    /// Ends the connection to both sides. What the proxy holds at that moment is lost.
    case cut(Cut)
    /// Ends the connection to both sides when exactly that many more bytes have gone out that way: a frame that is on
    /// its way is torn there.
    case cutAfter(bytes: Int, FaultDirections, Cut)
    /// Holds everything back, the end of the stream too, until `resume`; nothing is lost. A side that goes on sending
    /// fills its own buffers.
    case stall(FaultDirections)
    /// Drops what comes from either side, for ever and without a word; both sockets stay open. The server's stays open
    /// even when the client has gone, until a cut or the proxy's end.
    case halfOpen
    /// Lets that many bytes a second pass, evenly.
    case slow(bytesPerSecond: Int, FaultDirections)
    /// Sends pieces of at most so many bytes, each in a write (and TCP segment) of its own, with a pause after each.
    /// The pause counts in whole milliseconds; without one the receiver may find several pieces together.
    case pieces(of: Int, pause: Duration, FaultDirections)
    /// Ends a write (and TCP segment) exactly at each of these offsets, in ascending order, with a pause after it as in
    /// `pieces`.
    case split(at: [Int], pause: Duration, FaultDirections)
    /// Changes bytes on their way.
    case corrupt(Corruption, FaultDirections)
    /// Ends `stall`, `slow`, `pieces`, `split`, `corrupt` and a `cutAfter` that was not reached.
    case resume

    /// One byte at a time, each in a TCP segment of its own, with a pause of a millisecond after each.
    public static func oneByteAtATime(_ directions: FaultDirections = .both) -> Fault {
        .pieces(of: 1, pause: .milliseconds(1), directions)
    }
}

extension Fault: CustomStringConvertible {
    /// The fault in words, for logs of tests.
    public var description: String {
        switch self {
        case .cut(let cut): "cut by \(cut)"
        case .cutAfter(let bytes, let directions, let cut): "cut by \(cut) after \(bytes) bytes \(directions)"
        case .stall(let directions): "stall \(directions)"
        case .halfOpen: "half-open"
        case .slow(let rate, let directions): "slow \(directions): \(rate) bytes a second"
        case .pieces(let size, let pause, let directions): "pieces of \(size) \(directions), \(pause) apart"
        case .split(let offsets, let pause, let directions): "split \(directions) at \(offsets), \(pause) apart"
        case .corrupt(let corruption, let directions): "corrupt \(directions): \(corruption)"
        case .resume: "resume"
        }
    }
}

/// The two ways of bytes through a ``FaultProxy``.
public struct FaultDirections: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// One bit for each way.
    public let rawValue: UInt8

    /// The ways that the bits name.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What the server sends.
    public static let toClient = FaultDirections(rawValue: 1)
    /// What the client sends.
    public static let toServer = FaultDirections(rawValue: 2)
    /// Both ways.
    public static let both: FaultDirections = [.toClient, .toServer]

    /// The ways in words.
    public var description: String {
        switch self {
        case .toClient: "to the client"
        case .toServer: "to the server"
        case .both: "both ways"
        default: "neither way"
        }
    }
}
