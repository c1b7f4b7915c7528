resource "kubernetes_secret" "db" {
  metadata {
    name      = "database"
    namespace = "shop-dev"
  }
  data = {
    url = "x"
  }
}
