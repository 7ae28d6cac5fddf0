// The floor under fan-out: one thread, one epoll, every frame a connection sends goes to all other
// connections, and whatever arrived in one turn leaves in one send per connection. It keeps no
// limits, no state and no promise; it is here to be compared with, never to be used.
//
//     fanfloor            prints its port, ends when its standard input ends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS = 16384, INPUT = 1 << 17, EVENTS = 512 };

struct peer {
    int open, upgraded;
    uint8_t *input, *waiting;
    size_t filled, waiting_size, waiting_sent;
};

static struct peer peers[PEERS];
static int watcher, highest;

static void watch(int fd, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(watcher, operation, fd, &event);
}

static void drop(int fd) {
    close(fd);
    free(peers[fd].input);
    free(peers[fd].waiting);
    memset(&peers[fd], 0, sizeof peers[fd]);
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
    if (fd < 0) return;
    if (fd >= PEERS) { close(fd); return; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    peers[fd] = (struct peer){.open = 1, .input = malloc(INPUT)};
    if (fd > highest) highest = fd;
    watch(fd, EPOLL_CTL_ADD, EPOLLIN);
}

static void upgrade(int fd) {
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n\r\n";
    struct peer *peer = &peers[fd];
    uint8_t *end = memmem(peer->input, peer->filled, "\r\n\r\n", 4);
    if (!end) return;
    size_t used = end + 4 - peer->input;
    memmove(peer->input, end + 4, peer->filled - used);
    peer->filled -= used;
    peer->upgraded = 1;
    if (send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) drop(fd);
}

// Takes whole masked frames out of a peer's input and writes them unmasked to `out`.
static size_t unwrap(struct peer *peer, uint8_t *out) {
    size_t at = 0, written = 0;
    while (peer->filled - at >= 6) {
        uint8_t *frame = peer->input + at;
        size_t length = frame[1] & 127, head = 2;
        if (length == 126) {
            length = (size_t)frame[2] << 8 | frame[3];
            head = 4;
        }
        if (peer->filled - at < head + 4 + length) break;
        out[written++] = frame[0];
        out[written++] = frame[1] & 127;
        if (head == 4) { out[written++] = frame[2]; out[written++] = frame[3]; }
        for (size_t i = 0; i < length; i++)
            out[written++] = frame[head + 4 + i] ^ frame[head + (i & 3)];
        at += head + 4 + length;
    }
    memmove(peer->input, peer->input + at, peer->filled - at);
    peer->filled -= at;
    return written;
}

static void deliver(int fd, const uint8_t *bytes, size_t size) {
    struct peer *peer = &peers[fd];
    ssize_t sent = peer->waiting ? 0 : send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0) sent = 0;
    if ((size_t)sent == size) return;
    size_t left = peer->waiting_size - peer->waiting_sent, more = size - sent;
    uint8_t *joined = malloc(left + more);
    if (left) memcpy(joined, peer->waiting + peer->waiting_sent, left);
    memcpy(joined + left, bytes + sent, more);
    free(peer->waiting);
    peer->waiting = joined;
    peer->waiting_size = left + more;
    peer->waiting_sent = 0;
    watch(fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void go_on(int fd) {
    struct peer *peer = &peers[fd];
    ssize_t sent = send(fd, peer->waiting + peer->waiting_sent,
                        peer->waiting_size - peer->waiting_sent, MSG_NOSIGNAL);
    if (sent > 0) peer->waiting_sent += sent;
    if (peer->waiting_sent < peer->waiting_size) return;
    free(peer->waiting);
    peer->waiting = NULL;
    peer->waiting_size = peer->waiting_sent = 0;
    watch(fd, EPOLL_CTL_MOD, EPOLLIN);
}

static void hear(int fd) {
    static uint8_t out[INPUT];
    struct peer *peer = &peers[fd];
    ssize_t count = recv(fd, peer->input + peer->filled, INPUT - peer->filled, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) { drop(fd); return; }
    peer->filled += count;
    if (!peer->upgraded) { upgrade(fd); return; }
    size_t size = unwrap(peer, out);
    if (!size) return;
    for (int other = 0; other <= highest; other++)
        if (other != fd && peers[other].upgraded) deliver(other, out, size);
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 4096) ||
        getsockname(listener, (void *)&address, &size))
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    watcher = epoll_create1(0);
    watch(listener, EPOLL_CTL_ADD, EPOLLIN);
    watch(0, EPOLL_CTL_ADD, EPOLLIN | EPOLLHUP);
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(watcher, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == 0) return 0;
            if (fd == listener) { welcome(listener); continue; }
            if (!peers[fd].open) continue;
            if (events[i].events & EPOLLOUT && peers[fd].waiting) go_on(fd);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) hear(fd);
        }
    }
}
