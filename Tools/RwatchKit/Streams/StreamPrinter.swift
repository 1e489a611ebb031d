import RedisCore
import RedisEvents
import RedisPOSIX
import RedisReactor

/// Prints what a source of entries brings, on a thread of its own, which waits for the output. So nothing is read that
/// cannot be written, and nothing is dropped.
struct StreamPrinter<Source: RedisEventSource>: Sendable {
    let source: Source
    let run: WatchRun
    let form: EventForm
    let filter: EventFilter?
    let keeper: StreamKeeper
    let read: @Sendable (Source.Event) -> StreamRecord
    /// Completed when the thread has ended.
    let ended: Promise<Void>

    /// Begins.
    ///
    /// - Throws: `.systemFailure` when the system has no thread left.
    func start() throws(RedisError) {
        do throws(RedisSystemError) {
            _ = try PlainThread.start(name: "rwatch-stream") {
                loop()
                ended.complete(.success(()))
            }
        } catch { throw .system(error) }
    }

    private func loop() {
        let output = StreamOutput(run, keeper)
        let shaper = form.shaper { Terminal.columns(of: 1) }
        let selection = filter.map { EventSelection($0) }
        var notices = LinkNotices(run, namesNodes: false)
        while true {
            do throws(RedisError) {
                switch try source.blocking.next(timeout: output.isEmpty ? nil : .zero) {
                case .event(let event):
                    guard print(event, output, shaper, selection, &notices) else {
                        // Nothing more is to be printed; the run ends.
                        return output.flush()
                    }
                case .handled: break
                case .nothing:
                    shaper?.turnEnded()
                    output.flush()
                case .closed:
                    output.flush()
                    return run.end(.ended)
                }
            } catch {
                output.flush()
                return run.end(.failed(error))
            }
        }
    }

    /// Returns whether there may be more.
    private func print(
        _ event: Source.Event,
        _ output: StreamOutput,
        _ shaper: EventShaper?,
        _ selection: EventSelection?,
        _ notices: inout LinkNotices
    ) -> Bool {
        switch read(event) {
        case .event(let entry, let step):
            if let selection, !selection.selects(entry) {
                output.skip(step)
                return true
            }
            let mayGoOn = output.event(at: entry.time, then: step) { append(entry, shaper, to: &$0) }
            guard let selection, selection.isOver else { return mayGoOn }
            output.flush()
            run.end(.lastEventSeen)
            return false
        case .note(let note, let step):
            let time = RedisTimestamp.now().microseconds
            output.record(then: step) { note.append(to: &$0, form, at: time) }
            run.say(note.words)
            return true
        case .link(let event):
            notices.tell(event)
            return true
        case .say(let words):
            run.say(words)
            return true
        case .nothing: return true
        }
    }

    private func append(_ entry: EntryText, _ shaper: EventShaper?, to buffer: inout OutputBuffer) {
        switch (form, entry.kind) {
        case (.shaped, _): shaper?.append(entry: entry, to: &buffer)
        case (.line, .entry):
            EventText.entry(
                at: entry.time,
                stream: entry.name.rawSpan,
                id: entry.id.rawSpan,
                fields: entry.content.rawSpan,
                to: &buffer
            )
        case (.line, .replayed):
            EventText.replayed(
                at: entry.time,
                channel: entry.name.rawSpan,
                payload: entry.content.rawSpan,
                to: &buffer
            )
        case (.line, _):
            EventText.message(
                at: entry.time,
                channel: entry.name.rawSpan,
                payload: entry.content.rawSpan,
                to: &buffer
            )
        case (.json, _): entry.appendJSON(to: &buffer)
        case (.verbatim, .entry):
            for value in EntryText.values(ofFields: entry.content.rawSpan) {
                EventText.raw(value.rawSpan, to: &buffer)
            }
        case (.verbatim, _): EventText.raw(entry.content.rawSpan, to: &buffer)
        }
    }
}

extension EntryText {
    /// The values of fields.
    static func values(ofFields fields: RawSpan) -> [[UInt8]] {
        let texts = texts(ofFields: fields)
        return stride(from: 1, to: texts.count, by: 2).map { texts[$0] }
    }

    /// Appends it as JSON, and a line feed.
    func appendJSON(to buffer: inout OutputBuffer) {
        var lines = MonitorLineJSON()
        let event = SelectedEvent(
            kind,
            node: .none,
            time: time,
            name: name.rawSpan,
            pattern: id.rawSpan,
            content: content.rawSpan
        )
        JSONForm.append(event, [], .b64, &lines, to: &buffer)
    }
}
