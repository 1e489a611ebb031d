/// What a run has done so far, in figures.
package struct RunReport: Equatable {
    package var elapsed: Duration
    /// The events that were written, or counted.
    package var written = 0
    package var writtenBytes = 0
    /// The events that wait to be written.
    package var queued = 0
    package var queuedBytes = 0
    /// The events that the output was too slow for.
    package var dropped = 0
    /// The gaps that were reported.
    package var gaps = 0
    /// How long commands were monitored, if that was only a part of the time.
    package var monitored: Duration?

    package init(
        elapsed: Duration,
        written: Int = 0,
        writtenBytes: Int = 0,
        queued: Int = 0,
        queuedBytes: Int = 0,
        dropped: Int = 0,
        gaps: Int = 0,
        monitored: Duration? = nil
    ) {
        self.elapsed = elapsed
        self.written = written
        self.writtenBytes = writtenBytes
        self.queued = queued
        self.queuedBytes = queuedBytes
        self.dropped = dropped
        self.gaps = gaps
        self.monitored = monitored
    }

    private static func scaled(_ count: Int, _ scale: Double) -> Int { Int((Double(count) * scale).rounded()) }

    /// The figures in words: `5 events in 2 s (2 a second), 310 bytes; 1 event queued (62 bytes); 1 gap`. Without
    /// trouble nothing is said of it. The rate is that since `earlier`, or that of the whole run. Where only a part of
    /// the time was monitored, both are scaled to all of it.
    package func text(since earlier: RunReport? = nil) -> String {
        let time = elapsed - (earlier?.elapsed ?? .zero)
        let count = written - (earlier?.written ?? 0)
        let rate = time > .zero ? Int((Double(count) / (time / .seconds(1))).rounded()) : 0
        var text = "\(Words.count(written, "event")) in \(Notices.seconds(elapsed)) (\(rate) a second)"
        if let monitored {
            // What was not monitored is taken to be like the rest.
            let share = monitored - (earlier?.monitored ?? .zero)
            let scale = share > .zero ? max(time / share, 1) : 1
            let whole = monitored > .zero ? max(elapsed / monitored, 1) : 1
            text = "\(Words.count(written, "event")) in \(Notices.seconds(elapsed)), monitored for "
            text += "\(Notices.seconds(monitored)): about \(Self.scaled(written, whole)) events"
            text += " (about \(Self.scaled(rate, scale)) a second)"
        }
        text += ", \(Words.count(writtenBytes, "byte"))"
        if queued > 0 { text += "; \(Words.count(queued, "event")) queued (\(Words.count(queuedBytes, "byte")))" }
        if dropped > 0 { text += "; \(Words.count(dropped, "event")) dropped" }
        if gaps > 0 { text += "; \(Words.count(gaps, "gap"))" }
        return text
    }
}
