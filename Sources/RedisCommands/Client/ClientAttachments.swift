/// What a module above this one keeps for a client: one object of each type, made when it is first asked for. It lives
/// as long as the client, which it must not hold.
package protocol RedisClientAttachment: AnyObject, Sendable {
    /// Makes the object for a client.
    init(to client: RedisClient)

    /// Called once, when the client is closed.
    func clientClosed()
}

extension RedisClient {
    /// The loop of the client's links.
    package var loop: RedisEventLoop { backend.loop }

    /// The client's object of this type.
    package func attachment<Attachment: RedisClientAttachment>(_ type: Attachment.Type) -> Attachment {
        attachments.object(type) { Attachment(to: self) }
    }
}

/// The attachments of a client. Any thread may call.
final class ClientAttachments: Sendable {
    private struct State: Sendable {
        var objects: [ObjectIdentifier: any RedisClientAttachment] = [:]
        var isClosed = false
    }

    private let state = Locked(State())

    /// The object of this type, which `make` makes if there is none.
    func object<Attachment: RedisClientAttachment>(_ type: Attachment.Type, _ make: () -> Attachment) -> Attachment {
        let key = ObjectIdentifier(type)
        if let object = state.withLock({ $0.objects[key] }) as? Attachment { return object }
        let new = make()
        let (object, isClosed) = state.withLock { state -> (Attachment, Bool) in
            // Another thread may have been faster.
            if let object = state.objects[key] as? Attachment { return (object, false) }
            state.objects[key] = new
            return (new, state.isClosed)
        }
        if isClosed { object.clientClosed() }
        return object
    }

    /// Tells all objects that the client was closed.
    func clientClosed() {
        let objects = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed ? [] : Array(state.objects.values)
        }
        for object in objects { object.clientClosed() }
    }
}
