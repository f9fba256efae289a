"""`python -m infra.stack.password`: the first admin's password, generated where there is none. Never printed."""

from infra.stack.secret_files import ADMIN_PASSWORD, generated, read, write


def main() -> None:
    if read(ADMIN_PASSWORD):
        print("The first admin's password is there.")
        return
    write(ADMIN_PASSWORD, generated())
    print("The first admin's password is new. To read it:")
    print(f"  docker compose exec query_api cat /var/lib/ecg/secrets/{ADMIN_PASSWORD}")


if __name__ == "__main__":
    main()
