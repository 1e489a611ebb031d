/// What the pump does with a chunk when its queue is full.
package enum OutputPolicy: Sendable, Equatable {
    /// Refuse it: a slow reader must not stop the socket, or the server keeps the backlog instead.
    case drop
    /// Wait until there is room: a file's disk is slow but never absent.
    case wait
}
