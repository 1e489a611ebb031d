extension Backlog {
    /// The front is told in full up to this length; beyond it, neighbours of a kind are told as one.
    private static var frontLength: Int { 256 }

    /// Drops from the front until the limit is kept.
    mutating func dropOldest() {
        while statistics.queuedEvents > limit.events || statistics.queuedBytes > limit.bytes {
            guard !segments.isEmpty else { return }
            segments.modifyFirst { segment in
                let record = segment.removeFirst()
                statistics.queuedEvents -= 1
                statistics.queuedBytes -= record.cost
                let control = record.kind == Record.control ? segment.controls[record.start] : nil
                if let control, !control.mayBeDropped {
                    Self.append(control, to: &front)
                } else {
                    statistics.droppedEvents += 1
                    statistics.droppedBytes += record.byteCount
                    Self.append(.dropped(record.asDrop), to: &front)
                }
            }
            if segments.peekFirst({ $0.isEmpty }) == true { _ = segments.popFirst() }
        }
    }

    private static func append(_ control: Control, to front: inout [Control]) {
        if let last = front.indices.last, front[last].absorbDrop(control) { return }
        if front.count >= frontLength {
            for index in front.indices.reversed() where front[index].absorb(control) { return }
        }
        front.append(control)
    }
}

extension MailboxControl {
    /// Joins drops that stand side by side.
    fileprivate mutating func absorbDrop(_ later: Self) -> Bool {
        later.isDrop && isDrop && absorb(later)
    }
}
