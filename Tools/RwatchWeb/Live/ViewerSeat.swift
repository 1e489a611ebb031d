import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor
import RwatchKit

/// A viewer with what decides which events it gets, and in which form. It belongs to the hub, and is used with the hub
/// locked.
final class ViewerSeat {
    /// Longer arguments and payloads are cut on the page.
    private static let longestOnPage = 2048

    let viewer: Viewer
    private let shaper: EventShaper
    private let commands: Part
    private let messages: Part
    private let keyEvents: Part

    /// Which events of one kind are shown.
    private struct Part {
        let isShown: Bool
        /// `nil` for all of them.
        let selection: EventSelection?

        init(_ selection: Selection?, _ table: CommandCatalog) {
            isShown = selection != nil
            self.selection = selection?.filter(table).map { EventSelection($0) }
        }
    }

    init(_ viewer: Viewer, _ table: CommandCatalog, _ redaction: Redaction?) {
        self.viewer = viewer
        var shape = EventShape(.json)
        shape.redaction = redaction
        if viewer.form == .page { shape.cut = .bytes(Self.longestOnPage) }
        shaper = EventShaper(shape, table: table)
        commands = Part(viewer.selection.commands, table)
        messages = Part(viewer.selection.messages, table)
        keyEvents = Part(viewer.selection.keyEvents, table)
    }

    func offer(line: RawSpan, node: NodeNumber, label: [UInt8], at time: Int64) {
        guard commands.isShown, commands.selection?.selects(line: line, node: node) ?? true else { return }
        viewer.withQueue { queue in
            queue.add(size: size(line.byteCount), at: time) { buffer in
                shaper.append(line: line, node: node, label: label, receivedAt: time, to: &buffer)
            }
        }
    }

    func offer(
        _ kind: PubSub.Message.Kind,
        channel: RawSpan,
        pattern: RawSpan,
        payload: RawSpan,
        at time: Int64,
        node: NodeNumber,
        label: [UInt8]
    ) {
        guard messages.isShown else { return }
        if let selection = messages.selection {
            let stamp = RedisTimestamp(microseconds: time)
            guard
                selection.selects(
                    kind,
                    channel: channel,
                    pattern: pattern,
                    payload: payload,
                    at: stamp,
                    node: node
                )
            else { return }
        }
        viewer.withQueue { queue in
            queue.add(size: size(channel.byteCount + pattern.byteCount + payload.byteCount), at: time) { buffer in
                shaper.append(
                    kind,
                    channel: channel,
                    pattern: pattern,
                    payload: payload,
                    at: time,
                    node: node,
                    label: label,
                    to: &buffer
                )
            }
        }
    }

    func offer(
        event name: RawSpan,
        key: RawSpan,
        database: Int,
        at time: RedisTimestamp,
        node: NodeNumber,
        label: [UInt8]
    ) {
        guard keyEvents.isShown,
            keyEvents.selection?.selects(event: name, key: key, database: database, at: time, node: node) ?? true
        else { return }
        viewer.withQueue { queue in
            queue.add(size: size(name.byteCount + key.byteCount), at: time.microseconds) { buffer in
                shaper.append(
                    event: name,
                    key: key,
                    database: database,
                    at: time.microseconds,
                    node: node,
                    label: label,
                    to: &buffer
                )
            }
        }
    }

    /// How much room an event needs: what is cut needs none.
    private func size(_ bytes: Int) -> Int {
        viewer.form == .page ? min(bytes, 8 * Self.longestOnPage) : bytes
    }
}
