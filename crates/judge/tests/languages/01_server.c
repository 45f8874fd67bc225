/* Lesson 01's server in C. Its stdout is buffered, as C's is. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Prints text from the network: what is no ASCII letter or sign is U+FFFD,
   but for the well-formed rest of UTF-8. */
static void show(const unsigned char *bytes, int length) {
    for (int i = 0; i < length;) {
        unsigned char c = bytes[i];
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
        if (c < 0x80) {
            if (c < 0x20 || c == 0x7f)
                printf("\\x%02x", c);
            else
                putchar(c);
            i++;
            continue;
        }
        int whole = more > 0 && i + more < length + 0 && i + more <= length - 1;
        for (int k = 1; whole && k <= more; k++)
            whole = (bytes[i + k] & 0xc0) == 0x80;
        /* U+0080 to U+009F, U+061C, U+200E to U+202E, U+2066 to U+2069. */
        int odd = whole && ((c == 0xc2 && bytes[i + 1] < 0xa0) ||
                            (c == 0xd8 && bytes[i + 1] == 0x9c) ||
                            (c == 0xe2 && bytes[i + 1] == 0x80 &&
                             bytes[i + 2] >= 0x8e) ||
                            (c == 0xe2 && bytes[i + 1] == 0x81 &&
                             bytes[i + 2] >= 0xa6));
        if (!whole) {
            fputs("\xef\xbf\xbd", stdout);
            i++;
        } else {
            if (odd)
                putchar('?');
            else
                fwrite(bytes + i, 1, more + 1, stdout);
            i += more + 1;
        }
    }
    putchar('\n');
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: server HOST PORT\n", stderr);
        return 2;
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons(atoi(arguments[2]));
    inet_pton(AF_INET, arguments[1], &address.sin_addr);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 5))
        fail("listening");
    int stream = accept(listener, NULL, NULL);
    struct timeval patience = {5, 0};
    setsockopt(stream, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned char buffer[1024];
    int length = recv(stream, buffer, sizeof buffer, 0);
    if (length < 0)
        fail("waiting for the message");
    if (length == 0) {
        fputs("it closed before sending anything\n", stderr);
        return 1;
    }
    show(buffer, length);
    const char *answer = "海贼王";
    if (send(stream, answer, strlen(answer), MSG_NOSIGNAL) < 0)
        fail("answering");
    close(stream);
    return 0;
}
