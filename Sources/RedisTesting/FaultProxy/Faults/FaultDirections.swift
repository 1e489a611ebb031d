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
