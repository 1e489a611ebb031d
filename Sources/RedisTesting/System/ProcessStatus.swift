/// What the kernel says about a process, from /proc.
package enum ProcessStatus: Sendable {
    /// It runs or sleeps.
    case alive
    /// It was stopped by a signal (SIGSTOP).
    case stopped
    /// It has ended; its parent has not yet collected it.
    case zombie
    /// There is no such process.
    case absent

    /// The status of process `id` now. From any thread.
    package static func of(_ id: Int32) -> ProcessStatus {
        guard id > 0, let bytes = FileSystem.read("/proc/\(id)/stat") else { return .absent }
        // "pid (name) S ...": the name may itself contain a parenthesis, so the last one counts.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")), close + 2 < bytes.count else { return .absent }
        return switch bytes[close + 2] {
        case UInt8(ascii: "T"): .stopped
        case UInt8(ascii: "Z"), UInt8(ascii: "X"): .zombie
        default: .alive
        }
    }
}
