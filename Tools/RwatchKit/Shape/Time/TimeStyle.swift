/// How the time of an event is written.
package enum TimeStyle: String, Sendable, CaseIterable {
    /// `2026-11-30T21:30:57.045931+01:00`, as ISO 8601 has it.
    case iso
    /// `1795219143.045931`, as MONITOR has it.
    case unix
    /// `21:30:57.045931`.
    case local
    /// `+0.003120`: the seconds since the event before.
    case delta
    /// Not at all.
    case none

    /// Whether the time zone changes anything.
    var hasZone: Bool { self == .iso || self == .local }
}
