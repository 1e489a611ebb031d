/// An endless sequence of faults that depends on nothing but its seed.
///
/// ```swift
/// for entry in FaultSchedule(seed: 7).prefix(20) {
///     print(entry)
///     try await proxy.carryOut(entry)
/// }
/// ```
public struct FaultSchedule: Sequence, IteratorProtocol, Hashable, Sendable, CustomStringConvertible {
    /// The seed that the schedule was made with.
    public let seed: UInt64
    private let kinds: [ScheduledFault.Kind]
    private let pause: ClosedRange<Int>
    private let length: ClosedRange<Int>
    private var generator: SeededGenerator

    /// A schedule at its beginning.
    ///
    /// - Parameters:
    ///   - seed: What everything else follows from.
    ///   - kinds: What to draw from, each equally likely; one that is named twice is twice as likely. Must not be empty.
    ///   - pause: The milliseconds before a fault.
    ///   - length: The milliseconds for which a stall, a refusal or a slow stretch lasts.
    public init(
        seed: UInt64,
        kinds: [ScheduledFault.Kind] = ScheduledFault.Kind.allCases,
        pause: ClosedRange<Int> = 50...500,
        length: ClosedRange<Int> = 50...500
    ) {
        precondition(!kinds.isEmpty, "a schedule needs a kind of fault")
        self.seed = seed
        self.kinds = kinds
        self.pause = pause
        self.length = length
        generator = SeededGenerator(seed: seed)
    }

    /// The next fault; never `nil`.
    public mutating func next() -> ScheduledFault? {
        // Always the same number of draws, so that what one entry is changes nothing in those after it.
        let kind = generator.element(of: kinds)
        let pause = generator.number(in: pause)
        let length = generator.number(in: length)
        let isReset = generator.number(in: 0...1) == 1
        let draw = generator.number(in: 0...999)
        let cut: Fault.Cut =
            switch kind {
            case .finish: .finish
            case .reset: .reset
            case .tear, .stall, .halfOpen, .refuse, .closeNew, .slow, .oneByteAtATime: isReset ? .reset : .finish
            }
        let count =
            switch kind {
            case .closeNew: 1 + draw % 3
            case .slow: 500 + draw
            case .finish, .reset, .tear, .stall, .halfOpen, .refuse, .oneByteAtATime: draw
            }
        return ScheduledFault(
            kind: kind,
            pause: .milliseconds(pause),
            length: .milliseconds(length),
            cut: cut,
            count: count
        )
    }

    /// The seed, and what the schedule is about to bring.
    public var description: String {
        "seed \(seed): " + prefix(3).map(\.description).joined(separator: "; ") + "; …"
    }
}
