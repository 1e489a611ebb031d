/// What a filter says about an event.
///
/// A filter of a MONITOR line that cannot be read knows nothing, and such a line is shown rather than lost. The rules
/// are those of Kleene's logic: an unknown part leaves the whole open unless another part decides it.
package enum Verdict: Sendable, Equatable {
    case no
    case unknown
    case yes

    /// Decides for what is known.
    @inline(__always)
    init(_ isMatch: Bool) { self = isMatch ? .yes : .no }

    /// The opposite; what is unknown stays so.
    var opposite: Verdict {
        switch self {
        case .no: .yes
        case .unknown: .unknown
        case .yes: .no
        }
    }
}
