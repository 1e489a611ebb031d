import RedisCore
import RedisRESP
import RedisStreams

// What the events of streams, groups and durable channels become.
extension StreamRecord {
    init(_ event: StreamReader.Event) {
        switch event {
        case .entry(let entry): self = .event(EntryText(entry), then: .keep(entry.stream, entry.position))
        case .gap(let gap):
            let note = StreamNote.missing(
                gap.stream,
                isOfStream: true,
                missed: gap.missed,
                after: gap.after,
                before: gap.before,
                words: gap.description
            )
            self = .note(note, then: .nothing)
        case .rewound(let rewind):
            let note = StreamNote.rewound(
                rewind.stream,
                isOfStream: true,
                lost: rewind.lost,
                to: rewind.to,
                words: rewind.description
            )
            self = .note(note, then: .keep(rewind.stream, rewind.behind))
        case .deleted(let stream): self = .note(.deleted(stream), then: .keep(stream, .beginning))
        case .refused(let refusal):
            self = .note(.refused(refusal.stream, isOfStream: true, refusal.error), then: .nothing)
        case .failed: self = .nothing
        }
    }

    init(_ event: StreamGroup.Event, _ group: RedisBytes) {
        switch event {
        case .delivery(let delivery):
            let position = DurablePosition(id: delivery.id)
            let entry = StreamReader.Entry(stream: delivery.key, position: position, fields: delivery.fields)
            self = .event(EntryText(entry), then: .acknowledge(delivery))
        case .refused(let error):
            self = .note(.refused(group, isOfStream: true, error), then: .nothing)
        case .groupCreated(let key): self = .note(.restarted(key, group), then: .nothing)
        case .removed(let key, let id): self = .note(.removed(key, id), then: .nothing)
        case .leaseLost(let lost): self = .say("\(lost.id) of \(lost.key.shown()) may come to another consumer as well")
        case .deadLettered, .consumersRemoved, .failed: self = .nothing
        }
    }

    init(_ event: DurableSubscription.Event) {
        switch event {
        case .message(let message):
            self = .event(EntryText(message, isReplayed: false), then: .keep(message.channel, message.position))
        case .replayed(let message):
            self = .event(EntryText(message, isReplayed: true), then: .keep(message.channel, message.position))
        case .gap(let gap):
            let note = StreamNote.missing(
                gap.channel,
                isOfStream: false,
                missed: gap.missed,
                after: gap.after,
                before: gap.before,
                words: gap.description
            )
            self = .note(note, then: .nothing)
        case .rewound(let rewind):
            let note = StreamNote.rewound(
                rewind.channel,
                isOfStream: false,
                lost: rewind.lost,
                to: rewind.to,
                words: rewind.description
            )
            self = .note(note, then: rewind.to.map { .keep(rewind.channel, $0) } ?? .nothing)
        case .foreign(.published(let channel, let payload)):
            self = .event(EntryText(foreign: payload, of: channel), then: .nothing)
        case .foreign(.appended(let channel, let entry)):
            let position = DurablePosition(id: entry.id)
            let item = StreamReader.Entry(stream: channel, position: position, fields: entry.fields)
            self = .event(EntryText(item), then: .nothing)
        case .foreign(.skipped): self = .nothing
        case .link(let event): self = .link(event)
        case .refused(let refusal):
            self = .note(.refused(refusal.channel, isOfStream: false, refusal.error), then: .nothing)
        case .failed: self = .nothing
        }
    }
}
