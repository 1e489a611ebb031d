/// How a watch runs, whatever it watches.
package struct RunSettings: Sendable {
    /// When it ends.
    package var limits: WatchLimits
    /// Where the output is kept; `nil` for standard output.
    package var recording: RecordingSettings?
    /// Which commands take the events in place of an output.
    package var jobs: JobSettings?
    /// What happens when the output is too slow; `nil` for what suits it: files are waited for, all else is not.
    package var overflow: Overflow?
    /// How many bytes may wait for the output.
    package var bufferSize: Int
    /// Who is told that the watch stands.
    package var readiness: Readiness
    /// How often the counters are reported; `nil` for never.
    package var reportInterval: Duration?
    /// Whether the counters are reported at the end; `nil` means that they are if people watch: standard error is a
    /// terminal.
    package var hasSummary: Bool?
    /// Whether only losses, gaps and errors are reported.
    package var isQuiet: Bool
    /// Whether a monitor shows the commands of the run's own links too.
    package var showsOwn = false

    /// Settings for a run that prints until it is ended.
    package init(
        limits: WatchLimits = WatchLimits(),
        recording: RecordingSettings? = nil,
        jobs: JobSettings? = nil,
        overflow: Overflow? = nil,
        bufferSize: Int = 32 << 20,
        readiness: Readiness = Readiness(),
        reportInterval: Duration? = nil,
        hasSummary: Bool? = nil,
        isQuiet: Bool = false
    ) {
        self.limits = limits
        self.recording = recording
        self.jobs = jobs
        self.overflow = overflow
        self.bufferSize = bufferSize
        self.readiness = readiness
        self.reportInterval = reportInterval
        self.hasSummary = hasSummary
        self.isQuiet = isQuiet
    }
}

extension RunSettings {
    /// The settings for events in that form: each part of a recording begins with its header and ends with a whole
    /// event, and each batch for a command begins with it.
    func printing(_ form: EventForm, of stream: EventStreamKind) -> RunSettings {
        var settings = self
        settings.recording?.terminator = form.delimiter
        settings.recording?.header = form.header(of: stream)
        settings.jobs?.header = form.header(of: stream)
        return settings
    }
}

/// What happens when the output is too slow for what comes.
package enum Overflow: String, Sendable, CaseIterable {
    /// Events are dropped and counted, so that the server need not keep anything.
    case drop
    /// As `drop`, and the run ends.
    case exit
    /// Nothing is read until there is room. The server keeps what comes meanwhile, and cuts the link when that becomes
    /// too much.
    case block

    var policy: OutputPolicy { self == .block ? .wait : .drop }
}
