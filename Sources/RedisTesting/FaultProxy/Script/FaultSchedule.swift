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
    ///   - kinds: What to draw from, each equally likely; one that is named twice is twice as likely. Must not be
    ///     empty.
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

/// Random numbers that depend on nothing but the seed: the same on every machine, in every version.
///
/// The sequence is that of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    /// A generator at the start of the seed's sequence.
    public init(seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number of the range. Not by the library's `random(in:using:)`, whose way of drawing may change with its
    /// version.
    public mutating func number(in range: ClosedRange<Int>) -> Int {
        let count = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int(next() % count)
    }

    /// One of the elements, which must not be none.
    public mutating func element<Element>(of elements: [Element]) -> Element {
        elements[number(in: 0...(elements.count - 1))]
    }
}
