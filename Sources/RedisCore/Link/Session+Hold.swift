/// Who wants a session to have no link for a while.
package enum LinkHold: Hashable, Sendable {
    /// The user, because the process is going to be stopped.
    case suspension
    /// A guard, because the link harms the server.
    case protection
    /// A discovery, because the server is another now.
    case relocation
    /// The link itself, to be opened anew.
    case renewal
}

extension Session {
    /// Lets go of the link, or of the attempt to open one, until the last hold is released. When this returns, the socket
    /// is closed. The driver hears of a link that was ready that it was lost to `error`; that it comes back is not a matter
    /// of the reconnect policy, which is for links that are lost against everybody's will.
    package func hold(_ hold: LinkHold, _ error: RedisError) {
        guard phase != .closed, holds.insert(hold).inserted else { return }
        wasHeld = true
        // What has arrived already is not missed. When the server has to be relieved, there is no end of it.
        if hold != .protection, phase == .ready { becameReadable() }
        lose(error)
        tearDown()
        wake()
    }

    /// Ends a hold. The link is opened again when it was the last.
    package func release(_ hold: LinkHold) {
        if holds.remove(hold) != nil { wake() }
    }

    /// The server is to be looked for anew: gives up the link, or the attempt to open one, because of `error`, and begins the
    /// next attempt at once; or after a pause that grows, when no link has lived for a second since the last time: those who
    /// tell where it is may contradict one another, or mean to have us call others.
    package func relocate(_ error: RedisError) {
        wasRelocated = true
        hold(.relocation, error)
        release(.relocation)
    }

    /// Gives up the link because of `error`, and begins the next attempt at once: for what this side wants, which no server can
    /// bring about again and again.
    package func reopen(_ error: RedisError) {
        hold(.renewal, error)
        release(.renewal)
    }

    /// Ends the link for good because of `error`, which the driver gets as the end of everything.
    package func abandon(_ error: RedisError) {
        guard phase == .ready else { return }
        isAbandoned = true
        lose(error)
    }

    /// Waits until nobody holds the link.
    func untilReleased() async {
        while !holds.isEmpty && phase != .closed {
            phase = .waiting
            await wait()
        }
        wasHeld = false
    }
}
