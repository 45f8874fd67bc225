/* An echo: echo server|client PORT. Its stdout is not flushed. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words) {
    char buffer[100];
    struct sockaddr_in address = {0};
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    if (count < 3) return 2;
    address.sin_family = AF_INET;
    address.sin_port = htons(atoi(words[2]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcmp(words[1], "server") == 0) {
        if (bind(stream, (struct sockaddr *)&address, sizeof address)) return 1;
        if (listen(stream, 5)) return 1;
        stream = accept(stream, NULL, NULL);
        ssize_t length = read(stream, buffer, sizeof buffer);
        printf("heard %.*s\n", (int)length, buffer);
        if (write(stream, buffer, length) < 0) return 1;
    } else {
        if (connect(stream, (struct sockaddr *)&address, sizeof address))
            return 1;
        if (write(stream, "one piece", 9) < 0) return 1;
        ssize_t length = read(stream, buffer, sizeof buffer);
        printf("heard %.*s\n", (int)length, buffer);
    }
    return close(stream);
}
