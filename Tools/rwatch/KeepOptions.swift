import ArgumentParser
import RedisRESP
import RwatchKit

/// Where the output goes, and what happens when that is too slow.
struct KeepOptions: ParsableArguments {
    // Only for the help, like every option that takes bytes.
    @Option(
        name: .joined("w", "write"),
        help: ArgumentHelp(
            "Keep the output in this file; the name may contain the time, as in events-%F.log. No file is ever replaced.",
            valueName: "file"
        )
    )
    private var write: String?

    @Option(
        name: .customLong("rotate-size"),
        help: ArgumentHelp("Begin the next file before one becomes larger: 100mb.", valueName: "size"),
        transform: parseSize
    )
    private var size: Int?

    @Option(
        name: .customLong("rotate-every"),
        help: ArgumentHelp(
            "Begin the next file at each multiple of this time, from midnight on: 1h.",
            valueName: "time"
        ),
        transform: parseDuration
    )
    private var period: Duration?

    @Option(help: ArgumentHelp("Keep so many whole files, the newest, and remove the others.", valueName: "n"))
    private var keep: Int?

    @Flag(help: "Compress each whole file (gzip).")
    private var compress = false

    @Option(
        name: .customLong("exec-rotate"),
        help: ArgumentHelp("Run this by the shell for each whole file; $RWATCH_FILE is its path.", valueName: "command")
    )
    private var command: String?

    @Option(
        help: ArgumentHelp(
            "When the output is too slow: drop events and count them, exit then, or block (see below).",
            valueName: "drop|exit|block"
        ),
        transform: { text in
            guard let overflow = Overflow(rawValue: text) else {
                throw ValidationError("this is neither drop nor exit nor block")
            }
            return overflow
        }
    )
    private var overflow: Overflow?

    @Option(
        name: .customLong("buffer"),
        help: ArgumentHelp("How much may wait for the output (default: 32mb).", valueName: "size"),
        transform: parseSize
    )
    private var bufferSize: Int?

    func validate() throws {
        if let size, size < RecordingSettings.leastSize { throw ValidationError("--rotate-size needs at least 64kb") }
        if let period, period < .seconds(1) { throw ValidationError("--rotate-every needs at least 1s") }
        if let keep, keep < 1 { throw ValidationError("--keep needs a number from 1 up") }
        if let bufferSize, bufferSize < 1 { throw ValidationError("--buffer needs a size above 0") }
    }

    /// Adds what these options say to the settings of a run.
    ///
    /// - Parameters:
    ///   - settings: The settings.
    ///   - arguments: The values that the argument parser never sees.
    ///   - mayBlock: Whether the server bounds what it keeps for a slow reader.
    /// - Throws: What does not go together.
    func apply(to settings: inout RunSettings, _ arguments: ArrangedArguments, mayBlock: Bool) throws {
        settings.recording = try recording(arguments["--write"].last?.bytes)
        if overflow == .block, !mayBlock {
            throw ValidationError(
                "a server keeps all that MONITOR has to say for a reader that waits: --overflow block could fill its memory"
            )
        }
        settings.overflow = overflow
        if let bufferSize { settings.bufferSize = bufferSize }
    }

    /// Whether the output goes to files.
    static func isKept(_ arguments: ArrangedArguments) -> Bool {
        arguments["--write"].last.map { $0 != "-" } ?? false
    }

    private func recording(_ path: [UInt8]?) throws -> RecordingSettings? {
        guard let path, path != [UInt8(ascii: "-")] else {
            if size != nil || period != nil || keep != nil || compress || command != nil {
                throw ValidationError(
                    "--rotate-size, --rotate-every, --keep, --compress and --exec-rotate need a file: -w"
                )
            }
            return nil
        }
        var settings: RecordingSettings
        do { settings = RecordingSettings(name: try RecordingName(path)) } catch {
            throw ValidationError("-w: \(error)")
        }
        settings.size = size
        settings.period = period
        settings.kept = keep
        settings.isCompressed = compress
        settings.command = command
        return settings
    }

    static let rules = [
        OptionRule("-w", "--write", value: .bytes), OptionRule("--rotate-size", value: .text),
        OptionRule("--rotate-every", value: .text), OptionRule("--keep", value: .text), OptionRule("--compress"),
        OptionRule("--exec-rotate", value: .text), OptionRule("--overflow", value: .text),
        OptionRule("--buffer", value: .text),
    ]
}
