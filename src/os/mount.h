/* Mounts: whether a directory can be written at all, whatever its mode says. */
#ifndef TG_OS_MOUNT_H
#define TG_OS_MOUNT_H

/**
 * 1 if nobody here can write into the directory or what is in it: its mount is read-only, and there
 * is no other mount by which it could be reached for writing. An example is a Kubernetes
 * ConfigMap in a container, whose mode lets everyone write.
 */
int tg_mount_is_sealed(const char *directory);

#endif
