extension Backlog {
    /// Drops the oldest events of the segments until the limit is kept. An event that may not be dropped moves to the
    /// front.
    mutating func dropOldest() {
        while statistics.queuedEvents > limit.events || statistics.queuedBytes > limit.bytes {
            guard !segments.isEmpty else { return }
            // Consecutive drops are reported as one.
            var dropped = RedisDrop.nothing
            var passed: Control?
            segments.modifyFirst { segment in
                while !segment.isEmpty,
                    statistics.queuedEvents > limit.events || statistics.queuedBytes > limit.bytes
                {
                    let record = segment.removeFirst()
                    if record.kind != Record.drop {
                        statistics.queuedEvents -= 1
                        statistics.queuedBytes -= record.cost
                        if record.kind == Record.control, !segment.controls[record.controlIndex].mayBeDropped {
                            passed = segment.controls[record.controlIndex]
                            break
                        }
                        // The events of a drop marker are counted already.
                        statistics.droppedEvents += 1
                        statistics.droppedBytes += record.byteCount
                    }
                    dropped += record.asDrop
                }
            }
            if segments.peekFirst({ $0.isEmpty }) == true { _ = segments.popFirst() }
            if dropped.count > 0 { tellInFront(.dropped(dropped)) }
            if let passed { tellInFront(passed) }
        }
    }

    /// Appends a control event to the front. Up to the reserve, each event is kept; beyond it, neighbours of the same
    /// kind are merged.
    private mutating func tellInFront(_ control: Control) {
        if control.isDrop, front.last?.isDrop == true, absorb(control, inFrontAt: front.count - 1) { return }
        if front.count >= Self.controlReserve || frontBytes + control.heldBytes > Self.controlReserveBytes {
            for index in front.indices.reversed() where absorb(control, inFrontAt: index) { return }
        }
        appendToFront(control)
    }
}
