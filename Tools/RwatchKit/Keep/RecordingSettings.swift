/// How a run keeps what it prints in files (`-w`).
package struct RecordingSettings: Sendable {
    /// The names of the parts.
    package var name: RecordingName
    /// A part is at most so large; `nil` means no limit. A part is never cut inside a chunk of whole lines, so a limit
    /// below 64 KiB would not hold.
    package var size: Int?
    /// A part ends at the next whole multiple of this time, counted from midnight; `nil` means never.
    package var period: Duration?
    /// How many whole parts are kept, the newest; `nil` means all.
    package var kept: Int?
    /// Whether each whole part is compressed, in gzip's format.
    package var isCompressed: Bool
    /// What the shell runs for each whole part, with its path in `RWATCH_FILE`.
    package var command: String?
    /// What ends each event.
    package var terminator: [UInt8]
    /// What each part begins with.
    package var header: [UInt8]

    /// The smallest limit of a part.
    package static let leastSize = 64 << 10

    /// Settings that keep all in one file.
    package init(name: RecordingName) {
        self.name = name
        isCompressed = false
        terminator = [UInt8(ascii: "\n")]
        header = []
    }
}
