internal import Logging

/// One session takes over the connection of another, with what is read but not whole and what is not written yet.
extension Session {
    /// Puts the connection of `other`, a session of the same loop that ends with this, in place of the own one, which is
    /// closed without a word. To be called on the loop, with nothing else of either session on the stack.
    ///
    /// - Returns: Whether there was something to take over, and someone to take it.
    package func adopt<Other: LinkDriver>(_ other: Session<Other>) -> Bool {
        guard phase == .ready else { return false }
        // A box behind a lock carries what may not change hands between actors; both run on this thread.
        let hand = Locked<LinkBox?>(nil)
        other.assumeIsolated { other in
            let box = other.letGo()
            hand.withLock { $0 = box }
        }
        guard let box = hand.withLock({ $0.take() }), let socket = box.socket.take() else { return false }
        readable = nil
        writable = nil
        self.socket = nil
        output.removeAll()
        input = box.takeInput(limits: configuration.limits)
        output.append(contentsOf: &box.output)
        facts = box.facts
        lastReceived = box.lastReceived
        do throws(RedisError) { try watch(socket) } catch { lose(error) }
        guard phase == .ready else { return false }
        self.socket = consume socket
        if let interval = configuration.heartbeat {
            heartbeat = Heartbeat(interval: interval, timeout: configuration.heartbeatTimeout)
        }
        if isReadingPaused {
            readable?.disable()
        } else if self.socket?.holdsBytes() == true {
            readable?.callAgain()
        }
        scheduleFlush()
        logger.debug("link replaced")
        return true
    }

    /// Ends without closing the connection.
    private func letGo() -> LinkBox? {
        guard phase == .ready, let socket = socket.take() else { return nil }
        readable = nil
        writable = nil
        let rest = exchange(&input, with: LinkInput(limits: configuration.limits))
        let box = LinkBox(socket, rest, facts: facts, lastReceived: lastReceived)
        box.output.append(contentsOf: &output)
        closeNow()
        return box
    }
}
