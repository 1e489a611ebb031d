/// What the pump does with a chunk when its queue is full.
package enum OutputPolicy: Sendable, Equatable {
    /// Refuse the chunk: a slow reader must not stop the socket, because then the server would have to buffer.
    case drop
    /// Wait until there is room: the disk of a file may be slow, but it goes on.
    case wait
}
